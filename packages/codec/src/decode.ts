import { type Measurement, messageOf } from '@veilleur/domain';

import type { Mapping } from './mapping.ts';
import type { RefusalCode } from './sandbox/call.ts';
import type { Decoder, DecoderOutput } from './ts013.ts';

export interface DecodeInput {
  readonly bytes: Uint8Array;
  readonly fPort: number | null;
  /** When the network server received the frame. */
  readonly receivedAt: Date;
  /** What the network server's events tell of this device: its tags. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Why a frame stays undecoded. It is kept, and decoded again when profile or device are put right. */
export type DecodeFailureCode =
  /** The frame has no fPort: MAC commands only. */
  | 'f_port_missing'
  /** The profile does not know this fPort. */
  | 'f_port_unknown'
  /** The decoder refused the frame: its own words are the reason. */
  | 'decoder_error'
  /** The decoder threw: it has a defect, or was not made for this device. */
  | 'decoder_threw'
  /** The decoder returned neither errors nor an object `data`, or one no payload can hold. */
  | 'decoder_output_invalid'
  /** The device's clock is wrong, so nothing that it dated can be trusted. */
  | 'device_time_implausible'
  /** What the sandbox refused of a stranger's decoder. */
  | RefusalCode;

/**
 * Whether a failure says something of the frame. A decoder that was stopped, or not run at all, may well
 * read it another time: on a machine that is less busy, or when its codec is off hold.
 */
export function judgesFrame(code: DecodeFailureCode): boolean {
  return !STOPPED.has(code);
}

const STOPPED: ReadonlySet<DecodeFailureCode> = new Set([
  'time_limit',
  'memory_limit',
  'worker_killed',
  'on_hold',
]);

export type DecodeResult =
  | {
      readonly outcome: 'decoded';
      /** What the decoder returned, in the vendor's field names. */
      readonly data: unknown;
      readonly measurements: Measurement[];
      readonly warnings: string[];
      /** Paths of `data` that no line of the mapping reads. */
      readonly unmapped: string[];
    }
  | { readonly outcome: 'failed'; readonly code: DecodeFailureCode; readonly reason: string };

export interface DecodePlan {
  readonly fPorts: readonly number[] | 'any';
  readonly decoder: Decoder;
  readonly mapping: Mapping;
}

/** From a frame's bytes to measurements. Never throws: whatever goes wrong is a `failed` result. */
export function decodeFrame(plan: DecodePlan, input: DecodeInput): DecodeResult {
  const { receivedAt } = input;
  const fPort = suitablePort(plan.fPorts, input.fPort);
  if (typeof fPort !== 'number') return fPort;
  let output: DecoderOutput;
  try {
    output = plan.decoder.decodeUplink({
      bytes: Array.from(input.bytes),
      fPort,
      recvTime: receivedAt,
      variables: input.variables ?? {},
    });
  } catch (thrown) {
    return failed('decoder_threw', messageOf(thrown));
  }
  return interpretOutput(output, plan.mapping, receivedAt);
}

/** The frame's port where the profile reads it, else why the frame is not decoded. */
export function suitablePort(fPorts: DecodePlan['fPorts'], fPort: number | null): number | DecodeResult {
  if (fPort === null) {
    return failed('f_port_missing', 'the frame has no fPort: it carries MAC commands and no payload');
  }
  if (fPorts !== 'any' && !fPorts.includes(fPort)) {
    return failed('f_port_unknown', `fPort ${fPort} is not one of ${fPorts.join(', ')}`);
  }
  return fPort;
}

/** From what a decoder returned to measurements: the half that a sandboxed decoder shares. */
export function interpretOutput(output: DecoderOutput, mapping: Mapping, receivedAt: Date): DecodeResult {
  if (typeof output !== 'object' || output === null) {
    return failed('decoder_output_invalid', 'the decoder returned no object');
  }
  const errors = textsOf(output.errors);
  if (errors.length > 0) return failed('decoder_error', errors.join('; '));
  const { data } = output;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return failed('decoder_output_invalid', 'the decoder returned neither errors nor an object "data"');
  }
  const mapped = mapping.apply(data, receivedAt);
  if (mapped.outcome === 'refused') return failed(mapped.code, mapped.reason);
  const { measurements, unmapped } = mapped;
  return {
    outcome: 'decoded',
    data,
    measurements,
    warnings: [...textsOf(output.warnings), ...mapped.warnings],
    unmapped,
  };
}

function failed(code: DecodeFailureCode, reason: string): DecodeResult {
  return { outcome: 'failed', code, reason };
}

/** TS013 says an array of strings. Public decoders also return one string, null, or objects. */
function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const values = Array.isArray(value) ? value : [value];
  return values.map((entry) => (typeof entry === 'string' ? entry : jsonOf(entry)));
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'something that is no text'; // A circular object or a BigInt.
  }
}
