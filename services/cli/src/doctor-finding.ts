/** What a check of the doctor found. */
export interface Finding {
  readonly check:
    | 'node'
    | 'database'
    | 'storage'
    | 'clock'
    | 'broker'
    | 'tls'
    | 'mosquitto'
    | 'chirpstack'
    | 'profiles';
  /** `bad`: something does not work, or would lose data. */
  readonly verdict: 'good' | 'warning' | 'bad';
  readonly finding: string;
  /** What to do about it, in one sentence. */
  readonly remedy?: string;
}

/** How long a queue must last, at which rate: what the broker is judged by. */
export interface Outage {
  readonly seconds: number;
  /** Messages a second that the LNS publishes. */
  readonly perSecond: number;
  /** Where the rate is from, for people. */
  readonly rateSource: string;
}

/** A span for people: 36 s, 12 min, 27.8 h, 4 d. */
export function spanText(seconds: number): string {
  const units = [
    [2 * 86_400, 86_400, 'd'],
    [2 * 3600, 3600, 'h'],
    [120, 60, 'min'],
    [0, 1, 's'],
  ] as const;
  const [, size, unit] = units.find(([atLeast]) => seconds >= atLeast) ?? [0, 1, 's'];
  return `${Math.round((seconds / size) * 10) / 10} ${unit}`;
}
