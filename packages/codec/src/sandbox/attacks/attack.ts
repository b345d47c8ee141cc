/**
 * What strangers could send, by accident or not. An attack is the body of `decodeUplink(input)`, unless
 * it is a whole `source`.
 */
export interface Attack {
  readonly name: string;
  /** The outcome or the code of the refusal; several where the speed of the machine decides. */
  readonly comesTo: readonly string[];
  readonly body?: string;
  readonly source?: string;
  /** The `data` of an attack that returned: proof of what it did not reach. */
  readonly data?: unknown;
}

/** Of the limits, which one an attack meets first: as on a machine at rest. A busy one may meet another. */
export const TIME: readonly string[] = ['time_limit'];
export const MEMORY: readonly string[] = ['memory_limit'];
export const HUNG: readonly string[] = ['worker_killed'];
export const HARMLESS: readonly string[] = ['returned'];
export const TOO_LARGE: readonly string[] = ['output_too_large'];
export const LIMITS: readonly string[] = [...TIME, ...MEMORY, ...HUNG];
