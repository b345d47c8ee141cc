import type { Logger } from '@veilleur/runtime';
import type { AlertWrite, Pool } from '@veilleur/store';
import type { LoadContext } from './load-devices.ts';
import type { RuleSet } from './rule-set.ts';

export interface PartitionOptions {
  readonly pool: Pool;
  readonly partition: number;
  readonly partitions: number;
  readonly timeZone: string;
  readonly quantityIds: LoadContext['quantityIds'];
  readonly quantityNames: LoadContext['quantityNames'];
  readonly rules: RuleSet;
  /** Samples that are remembered, about. */
  readonly capacity: number;
  readonly clock: () => Date;
  readonly onWritten: (writes: readonly AlertWrite[]) => void;
  readonly log: Logger;
}
