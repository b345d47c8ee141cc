import { type DecodeResult, decodeFrames, type Sandbox, type SandboxedProfile } from '@veilleur/codec';
import type { Measurement } from '@veilleur/domain';
import type { Decoding } from '@veilleur/store';
import type { Received } from './commit.ts';

/** What a decoder made of a frame, as it is stored. */
export interface DecodedFrame {
  readonly decoding: Decoding;
  readonly measurements: readonly Measurement[];
}

export function decodedFrame(result: DecodeResult, profileVersionId: number): DecodedFrame {
  if (result.outcome === 'decoded') {
    const { warnings, measurements } = result;
    return { decoding: { state: 'decoded', profileVersionId, warnings }, measurements };
  }
  const state = result.code === 'on_hold' ? 'waiting' : 'failed';
  const reason = `${result.code}: ${result.reason}`;
  return { decoding: { state, profileVersionId, reason }, measurements: [] };
}

/**
 * Runs strangers' decoders over the frames of a batch that wait for them, a profile at a time. Whatever
 * one of them does, every frame gets its verdict.
 */
export async function decodeInSandbox(
  batch: readonly Received[],
  sandbox: Sandbox,
): Promise<readonly Received[]> {
  const byProfile = new Map<SandboxedProfile, number[]>();
  for (const [position, { interpretation }] of batch.entries()) {
    const profile = interpretation.awaiting?.profile;
    if (profile) byProfile.set(profile, [...(byProfile.get(profile) ?? []), position]);
  }
  if (byProfile.size === 0) return batch;
  const decoded = [...batch];
  await Promise.all(
    Array.from(byProfile, async ([profile, positions]) => {
      const awaiting = positions.flatMap((position) => batch[position]?.interpretation.awaiting ?? []);
      const results = await decodeFrames(
        profile,
        awaiting.map(({ input }) => input),
        sandbox,
      );
      for (const [i, position] of positions.entries()) {
        const received = batch[position];
        const result = results[i];
        const version = awaiting[i]?.profileVersionId;
        if (received?.interpretation.entry.kind !== 'frame' || result === undefined || version === undefined)
          continue;
        const entry = { ...received.interpretation.entry, ...decodedFrame(result, version) };
        decoded[position] = {
          ...received,
          interpretation: { ...received.interpretation, entry, awaiting: undefined },
        };
      }
    }),
  );
  return decoded;
}
