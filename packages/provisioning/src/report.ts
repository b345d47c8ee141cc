import type { DevEui } from '@veilleur/domain';

/** One field of which ChirpStack has something else than wanted. For keys, neither value is told. */
export interface Difference {
  readonly field: string;
  readonly wanted: string;
  readonly found: string;
}

export interface DeviceLine {
  readonly devEui: DevEui;
  readonly name: string;
  /** The line of the file that the order came from. */
  readonly line?: number;
}

/** What became of one order. In a dry run, what would become of it. */
export type DeviceOutcome =
  /** `completed`: an earlier run had left it without keys. */
  | ({ readonly kind: 'created'; readonly completed: boolean } & DeviceLine)
  | ({ readonly kind: 'unchanged' } & DeviceLine)
  | ({ readonly kind: 'updated'; readonly differences: readonly Difference[] } & DeviceLine)
  | ({ readonly kind: 'differs'; readonly differences: readonly Difference[] } & DeviceLine)
  | ({ readonly kind: 'failed' } & DeviceLine & Failure)
  /** The run was stopped before this device, which is as it was. */
  | ({ readonly kind: 'remaining' } & DeviceLine);

export interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  /** Whether the same run may succeed later without a change. */
  readonly retryable: boolean;
}

/** An application or a device profile that orders need. */
export type SetupOutcome =
  | { readonly kind: 'created' | 'unchanged'; readonly name: string }
  | {
      readonly kind: 'differs' | 'updated';
      readonly name: string;
      readonly differences: readonly Difference[];
    }
  | ({ readonly kind: 'failed'; readonly name: string } & Failure);

type Of<K extends DeviceOutcome['kind']> = readonly Extract<DeviceOutcome, { kind: K }>[];

/** What a run has done. Every order stands in exactly one list; each list is in the orders' order. */
export interface ProvisionReport {
  /** Nothing was written: the lists say what would happen. */
  readonly dryRun: boolean;
  readonly applications: readonly SetupOutcome[];
  readonly profiles: readonly SetupOutcome[];
  readonly created: Of<'created'>;
  readonly unchanged: Of<'unchanged'>;
  readonly updated: Of<'updated'>;
  readonly differs: Of<'differs'>;
  readonly failed: Of<'failed'>;
  readonly remaining: Of<'remaining'>;
  /** Why the run ended before its last order. */
  readonly stopped?: Failure;
}

export function reportOf(
  outcomes: readonly DeviceOutcome[],
  rest: Pick<ProvisionReport, 'dryRun' | 'applications' | 'profiles' | 'stopped'>,
): ProvisionReport {
  const of = <K extends DeviceOutcome['kind']>(kind: K) =>
    outcomes.filter((outcome): outcome is Extract<DeviceOutcome, { kind: K }> => outcome.kind === kind);
  return {
    ...rest,
    created: of('created'),
    unchanged: of('unchanged'),
    updated: of('updated'),
    differs: of('differs'),
    failed: of('failed'),
    remaining: of('remaining'),
  };
}
