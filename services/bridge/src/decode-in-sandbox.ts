import { decodeFrames, type Sandbox, type SandboxedProfile } from '@veilleur/codec';
import { decodedFrame } from './decoded-frame.ts';
import type { Received } from './message.ts';

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
    if (profile === undefined) continue;
    const positions = byProfile.get(profile);
    if (positions === undefined) byProfile.set(profile, [position]);
    else positions.push(position);
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
