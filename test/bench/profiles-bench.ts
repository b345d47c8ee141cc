import { loadFirstPartyProfiles, type ReviewedProfile } from '@veilleur/codec';

const ROUNDS = 5;
const ROUND_MS = 100;

/** Decodes a second, in this process, of each first-party profile over its own vectors: median of five rounds. */
export async function measureProfiles(): Promise<Record<string, number>> {
  const profiles = (await loadFirstPartyProfiles()).all();
  return Object.fromEntries(profiles.map((profile) => [profile.id, median(rounds(profile))]));
}

function rounds(profile: ReviewedProfile): number[] {
  const inputs = profile.vectors
    .filter(({ refused }) => refused === undefined)
    .map(({ hex, fPort, recvTime, variables }) => ({
      bytes: Uint8Array.fromHex(hex),
      fPort,
      receivedAt: recvTime,
      variables,
    }));
  return Array.from({ length: ROUNDS }, () => {
    let decodes = 0;
    const startedMs = performance.now();
    while (performance.now() - startedMs < ROUND_MS) {
      for (const input of inputs) profile.decode(input);
      decodes += inputs.length;
    }
    return (decodes * 1000) / (performance.now() - startedMs);
  });
}

function median(values: number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}
