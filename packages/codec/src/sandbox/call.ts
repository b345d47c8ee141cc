import { createHash } from 'node:crypto';

import type { UplinkInput } from '../ts013.ts';

/**
 * Vocabulary: a **codec** is a stranger's script. A **call** runs one of its functions on one input. A
 * **lane** is a worker thread and the queue before it; the **guest** is what runs inside QuickJS.
 */
export interface Codec {
  /** A hash of the source: calls with the same id share compiled contexts. */
  readonly id: string;
  readonly source: string;
}

export function codecOf(source: string): Codec {
  return { id: createHash('sha256').update(source).digest('hex'), source };
}

export interface DownlinkInput {
  readonly data: unknown;
  /** The legacy `Encoder` and `Encode` do not choose an fPort themselves. */
  readonly fPort?: number;
  readonly variables?: Readonly<Record<string, string>>;
}

export type SandboxCall = { readonly codec: Codec } & (
  | { readonly kind: 'decodeUplink' | 'decodeDownlink'; readonly input: UplinkInput }
  | { readonly kind: 'normalizeUplink'; readonly input: { readonly data: unknown } }
  | { readonly kind: 'encodeDownlink'; readonly input: DownlinkInput }
);

export type CallKind = SandboxCall['kind'];

export type RefusalCode =
  /** The source does not parse, or is larger than a codec may be. */
  | 'source_invalid'
  /** The codec does not declare the function that was called, in no form. */
  | 'no_decoder'
  /** The input is no JSON, or larger than an input may be. */
  | 'input_invalid'
  | 'time_limit'
  | 'memory_limit'
  | 'output_too_large'
  /** The output is cyclic, nested too deeply, or a promise. */
  | 'output_not_json'
  /** The codec hung where QuickJS cannot interrupt it, so its thread was ended. */
  | 'worker_killed'
  /** The codec exceeded its limits too often and is not run for a while. */
  | 'on_hold';

/** What was said is kept whatever the outcome: `console` is for the person who debugs the codec. */
export type SandboxResult = {
  readonly console: readonly string[];
  /** Wall time inside the worker; 0 for a call that was never run. */
  readonly durationMs: number;
} & (
  | {
      readonly outcome: 'returned';
      /** By TS013 `{data, warnings, errors}` or `{bytes, fPort, warnings, errors}`; nobody has looked at it. */
      readonly output: unknown;
      /** Values that JSON cannot hold, what became of them, and their path: `data.flow is NaN, ...`. */
      readonly warnings: readonly string[];
    }
  /** The codec's own exception in its own words, with the line. */
  | { readonly outcome: 'threw'; readonly message: string }
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly reason: string }
);

/** What a call comes to before anybody has measured it. */
export type Refusal = { readonly outcome: 'refused'; readonly code: RefusalCode; readonly reason: string };

export function refusal(code: RefusalCode, reason: string): Refusal {
  return { outcome: 'refused', code, reason };
}
