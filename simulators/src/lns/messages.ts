import type { Gateway } from '../radio/plan.ts';
import type { RadioEvent } from '../radio/transmission.ts';
import { chirpStackJson } from './chirpstack-json.ts';
import { chirpStackProtobuf } from './chirpstack-protobuf.ts';
import type { LnsFormat, LnsMessage, Wording } from './lns-message.ts';
import { theThingsStackJson } from './the-things-stack-json.ts';

/** @param gateways the radio plan's, in its order. */
export function createWording(format: LnsFormat, gateways: readonly Gateway[]): Wording {
  switch (format) {
    case 'chirpstack-v4-json':
      return chirpStackJson(gateways);
    case 'chirpstack-v4-protobuf':
      return chirpStackProtobuf(gateways);
    case 'the-things-stack-v3':
      return theThingsStackJson(gateways);
  }
}

/** The messages of a network server for what its radio side told, in that order. Streaming. */
export function* toMessages(
  events: Iterable<RadioEvent>,
  format: LnsFormat,
  gateways: readonly Gateway[],
): Generator<LnsMessage, void, undefined> {
  const wording = createWording(format, gateways);
  for (const event of events) {
    const message = wording(event);
    if (message !== null) yield message;
  }
}
