/** A kind of data that may be forgotten by age. */
export type RetainedKind = 'frames' | 'events' | 'measurements' | 'quarantine' | 'audit';

interface Storage {
  readonly table: string;
  /** What its age is told by. */
  readonly column: string;
  /** `parts`: chunks or partitions, which go as a whole; `rows`: one by one. */
  readonly form: 'parts' | 'rows';
}

/** Where each kind lies. Hours of consumption and the tail's changes have rules of their own. */
export const STORAGE: Readonly<Record<RetainedKind, Storage>> = {
  frames: { table: 'frame', column: 'received_at', form: 'parts' },
  events: { table: 'device_event', column: 'occurred_at', form: 'parts' },
  measurements: { table: 'measurement', column: 'time', form: 'parts' },
  quarantine: { table: 'quarantine', column: 'received_at', form: 'rows' },
  audit: { table: 'audit', column: 'at', form: 'rows' },
};

export const RETAINED_KINDS = Object.keys(STORAGE) as readonly RetainedKind[];

/** Before which moment each kind may go; what is not named is kept. */
export type Cutoffs = Readonly<Partial<Record<RetainedKind, Date>>>;
