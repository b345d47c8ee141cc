import type { DevEui } from '@veilleur/domain';

/**
 * An operator has assigned other profiles than the batch was decoded with. Nothing of it was written:
 * decode it anew with `assigned`, and write it then.
 */
export class StaleProfileError extends Error {
  override readonly name = 'StaleProfileError';
  readonly assigned: ReadonlyMap<DevEui, string>;

  constructor(assigned: ReadonlyMap<DevEui, string>) {
    super(`${assigned.size} devices have another profile than the one that decoded them`);
    this.assigned = assigned;
  }
}
