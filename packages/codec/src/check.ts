import { isDeepStrictEqual } from 'node:util';

import type { Measurement } from '@veilleur/domain';

import type { DecodeInput, DecodeResult } from './decode.ts';
import { decodeFrames } from './decode-frames.ts';
import type { Profile, ReviewedProfile, SandboxedProfile } from './profile.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import type { Vector } from './vectors.ts';

/** One place where what came out is not what was expected. */
export interface Difference {
  readonly place: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export type VectorVerdict =
  | { readonly kind: 'right'; readonly vector: Vector; readonly result: DecodeResult }
  | {
      readonly kind: 'wrong';
      readonly vector: Vector;
      readonly result: DecodeResult;
      readonly differences: readonly Difference[];
    }
  /** The profile refused a frame that it should decode. */
  | { readonly kind: 'refused'; readonly vector: Vector; readonly code: string; readonly reason: string };

export interface CheckReport {
  readonly profileId: string;
  /** Every vector is right, and there is at least one: a profile without vectors proves nothing. */
  readonly passed: boolean;
  readonly verdicts: readonly VectorVerdict[];
}

/** Decodes a reviewed profile's vectors and compares. Pure: the same profile always gets the same report. */
export function checkProfile(profile: Pick<ReviewedProfile, 'id' | 'vectors' | 'decode'>): CheckReport {
  return reportOf(
    profile,
    profile.vectors.map((vector) => profile.decode(inputOf(vector))),
  );
}

/** Decodes a stranger's vectors in the sandbox and compares. */
export async function checkSandboxedProfile(
  profile: SandboxedProfile,
  sandbox: Sandbox,
): Promise<CheckReport> {
  return reportOf(profile, await decodeFrames(profile, profile.vectors.map(inputOf), sandbox));
}

function inputOf(vector: Vector): DecodeInput {
  return {
    bytes: Uint8Array.fromHex(vector.hex),
    fPort: vector.fPort,
    receivedAt: vector.recvTime,
    variables: vector.variables,
  };
}

function reportOf(
  { id, vectors }: Pick<Profile, 'id' | 'vectors'>,
  results: readonly DecodeResult[],
): CheckReport {
  const verdicts = vectors.map((vector, i) => {
    const result = results[i];
    if (result === undefined) throw new Error('a vector was left without a result');
    return judge(vector, result);
  });
  return {
    profileId: id,
    passed: verdicts.length > 0 && verdicts.every(({ kind }) => kind === 'right'),
    verdicts,
  };
}

function judge(vector: Vector, result: DecodeResult): VectorVerdict {
  if (result.outcome === 'failed') {
    const said = `${result.code}: ${result.reason}`;
    if (vector.refused === undefined)
      return { kind: 'refused', vector, code: result.code, reason: result.reason };
    if (said.includes(vector.refused)) return { kind: 'right', vector, result };
    const difference = { place: 'refused', expected: vector.refused, actual: said };
    return { kind: 'wrong', vector, result, differences: [difference] };
  }
  const differences = differencesOf(vector, result);
  return differences.length === 0
    ? { kind: 'right', vector, result }
    : { kind: 'wrong', vector, result, differences };
}

function differencesOf(vector: Vector, result: DecodeResult & { outcome: 'decoded' }): Difference[] {
  if (vector.refused !== undefined) {
    return [{ place: 'refused', expected: vector.refused, actual: result.data }];
  }
  const differences: Difference[] = [];
  if (vector.data !== undefined) compareData('data', vector.data, result.data, differences);
  if (vector.measurements !== undefined) compareMeasurements(vector, result.measurements, differences);
  if (vector.warning !== undefined && !result.warnings.some((text) => text.includes(vector.warning ?? ''))) {
    differences.push({ place: 'warning', expected: vector.warning, actual: result.warnings });
  }
  return differences;
}

/** Objects are compared by the keys that the vector names, everything else whole. */
function compareData(place: string, expected: unknown, actual: unknown, into: Difference[]): void {
  if (isRecord(expected) && isRecord(actual)) {
    for (const [name, value] of Object.entries(expected)) {
      compareData(`${place}.${name}`, value, actual[name], into);
    }
  } else if (!(expected === null && actual === undefined) && !isDeepStrictEqual(expected, actual)) {
    into.push({ place, expected, actual });
  }
}

function compareMeasurements(vector: Vector, actual: readonly Measurement[], into: Difference[]): void {
  const place = (m: { quantity: string; channel: number; time: Date }) =>
    `${m.quantity}[${m.channel}] at ${m.time.toISOString()}`;
  const left = new Map(actual.map((m) => [place(m), m.value]));
  for (const { quantity, channel, time = vector.recvTime, value } of vector.measurements ?? []) {
    const key = place({ quantity, channel, time });
    if (left.get(key) !== value) into.push({ place: key, expected: value, actual: left.get(key) });
    left.delete(key);
  }
  for (const [key, value] of left) into.push({ place: key, expected: undefined, actual: value });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
