import { loadFirstPartyProfiles } from '@veilleur/codec';
import type { DeviceEvent, Frame } from '@veilleur/domain';
import { readLnsMessage } from '@veilleur/lns';
import type { Fact } from '@veilleur/rules';
import type { Source } from '@veilleur/simulators';

/** What one message told of a device. */
export interface Delivery {
  readonly devEui: string;
  /** When the network server published it. */
  readonly atMs: number;
  readonly gateways: readonly string[];
  readonly facts: readonly Fact[];
}

/** The source's messages, read and decoded as a bridge does it, in the order in which they come. */
export async function* deliveriesOf(source: Source): AsyncIterable<Delivery> {
  const profiles = await loadFirstPartyProfiles();
  const decode = (frame: Frame, receivedAt: Date): Fact[] => {
    const profile = profiles.match(frame.device);
    if (profile?.execution !== 'in_process' || frame.payload.length === 0) return [];
    const input = {
      bytes: frame.payload,
      fPort: frame.fPort,
      receivedAt,
      variables: frame.device.tags,
    };
    const result = profile.decode(input);
    if (result.outcome === 'failed') return [];
    return result.measurements.map(({ quantity, channel, time, value }) => ({
      kind: 'measurement',
      quantity,
      channel,
      time: time.getTime(),
      value,
    }));
  };
  for (const event of source.events()) {
    const message = source.word(event);
    if (message === null) continue;
    const reading = readLnsMessage(message.topic, Buffer.from(message.payload));
    if (reading.outcome === 'broken') throw new Error(reading.reason);
    const told = reading.outcome === 'frame' ? reading.frame : reading.event;
    const at = reading.outcome === 'frame' ? reading.frame.receivedAt : reading.event.occurredAt;
    if (at === null) throw new Error('the simulator tells when');
    const time = at.getTime();
    const facts: readonly Fact[] =
      reading.outcome === 'frame'
        ? [{ kind: 'heard', time }, ...decode(reading.frame, at)]
        : factsOfEvent(reading.event, time);
    const gateways =
      reading.outcome === 'frame' ? reading.frame.receptions.map(({ gatewayId }) => gatewayId) : [];
    yield { devEui: told.device.devEui, atMs: message.atMs, gateways, facts };
  }
}

/** As the bridge takes them: what an LNS's status says of a battery only where the device has one. */
function factsOfEvent(event: DeviceEvent, time: number): Fact[] {
  const { margin, batteryLevel, externalPowerSource, batteryLevelUnavailable } = event.detail;
  const measured = (quantity: 'link_margin' | 'battery_level', value: unknown): Fact[] =>
    typeof value === 'number' ? [{ kind: 'measurement', quantity, channel: 0, time, value }] : [];
  const hasBattery = externalPowerSource !== true && batteryLevelUnavailable !== true;
  return [
    { kind: 'event', event: event.kind, time },
    ...(event.kind === 'status' ? measured('link_margin', margin) : []),
    ...(event.kind === 'status' && hasBattery ? measured('battery_level', batteryLevel) : []),
  ];
}
