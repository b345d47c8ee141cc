import { VeilleurError } from '@veilleur/domain';

import type { DeviceOrder } from './device-order.ts';
import { failureOf, stopsTheRun } from './failure.ts';
import { type Setup, type SetupOptions, setUp } from './lns-setup.ts';
import { lineOf, provisionDevice } from './provision-device.ts';
import { type DeviceOutcome, type ProvisionReport, reportOf } from './report.ts';

export interface ProvisionOptions extends SetupOptions {
  /** Reads only, and tells what would happen. */
  readonly dryRun?: boolean;
  /** Brings devices and profiles that differ to what is ordered. Without it they stay as they are. */
  readonly update?: boolean;
  /**
   * Stores the device, its position and its metering point in Veilleur. Called once ChirpStack has the
   * device as ordered: created, updated or unchanged, so that a second run makes up for a failed call;
   * it must bear being called again. Not called for a device that differs, nor in a dry run. When it
   * throws, the device stays in ChirpStack and is reported as `device_not_stored`.
   */
  readonly onDevice?: (order: DeviceOrder) => Promise<void> | void;
  /** After each device, as they end: not in the orders' order. */
  readonly onProgress?: (progress: Progress) => void;
  /** How many devices are worked on at once. */
  readonly concurrency?: number;
  /** Ends the run after the devices that are being worked on. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly outcome: DeviceOutcome;
}

/**
 * Brings devices into ChirpStack. Running it again does only what is missing.
 *
 * One device's failure leaves the others alone. The run stops early, with the reason in `stopped`, where
 * all others would fail alike: no access, no room, or many devices in a row without an answer. It never
 * throws for what ChirpStack says.
 */
export async function provision(
  orders: readonly DeviceOrder[],
  options: ProvisionOptions,
): Promise<ProvisionReport> {
  const run = new Run(orders, options);
  let setup: Setup;
  try {
    setup = await setUp(orders, options);
  } catch (error) {
    if (!(error instanceof VeilleurError)) throw error;
    return run.report(undefined, error);
  }
  const concurrency = Math.max(1, options.concurrency ?? 8);
  await Promise.all(Array.from({ length: concurrency }, () => run.work(setup)));
  return run.report(setup);
}

/** So many devices in a row that nobody answered for are no accident of one device. */
const MANY_IN_A_ROW = 20;

const OF_NO_DEVICE = [
  'lns_unreachable',
  'lns_slow',
  'lns_busy',
  'lns_failed',
  'device_state_unknown',
  'device_not_stored',
];

class Run {
  readonly #orders: readonly DeviceOrder[];
  readonly #options: ProvisionOptions;
  readonly #outcomes: (DeviceOutcome | undefined)[];
  readonly #firstOf = new Map<string, number>();
  #next = 0;
  #done = 0;
  #failedInARow = 0;
  #stopped: VeilleurError | undefined;

  constructor(orders: readonly DeviceOrder[], options: ProvisionOptions) {
    this.#orders = orders;
    this.#options = options;
    this.#outcomes = orders.map(() => undefined);
    for (const [index, { devEui }] of orders.entries()) {
      if (!this.#firstOf.has(devEui)) this.#firstOf.set(devEui, index);
    }
  }

  /** Takes one order after the other until none is left or the run is stopped. */
  async work(setup: Setup): Promise<void> {
    for (;;) {
      if (this.#options.signal?.aborted === true) this.#stopped ??= aborted();
      const index = this.#next;
      const order = this.#orders[index];
      if (order === undefined || this.#stopped !== undefined) return;
      this.#next++;
      const outcome = await this.#outcomeOf(order, index, setup);
      this.#outcomes[index] = outcome;
      this.#done++;
      this.#tell(outcome);
    }
  }

  report(setup: Setup | undefined, stopped: VeilleurError | undefined = this.#stopped): ProvisionReport {
    const outcomes = this.#orders.map(
      (order, index) => this.#outcomes[index] ?? ({ kind: 'remaining', ...lineOf(order) } as const),
    );
    return reportOf(outcomes, {
      dryRun: this.#options.dryRun ?? false,
      applications: setup?.outcomes.applications ?? [],
      profiles: setup?.outcomes.profiles ?? [],
      ...(stopped === undefined ? {} : { stopped: failureOf(stopped) }),
    });
  }

  async #outcomeOf(order: DeviceOrder, index: number, setup: Setup): Promise<DeviceOutcome> {
    const { client, update = false, dryRun = false, onDevice } = this.#options;
    try {
      this.#refuseDuplicate(order, index);
      const outcome = await provisionDevice(order, { client, setup, update, dryRun, onDevice });
      this.#failedInARow = 0;
      return outcome;
    } catch (error) {
      // A half made device stopped by its cause is told as failed: it is not as it was.
      const cause = error instanceof VeilleurError && error.code === 'device_half_made' ? error.cause : error;
      if (cause instanceof VeilleurError && stopsTheRun(cause)) this.#stopped ??= cause;
      if (stopsTheRun(error)) return { kind: 'remaining', ...lineOf(order) };
      this.#countInARow(error);
      return { kind: 'failed', ...lineOf(order), ...failureOf(error) };
    }
  }

  /** Whoever can't take progress gets no more of it: the other workers end with their device. */
  #tell(outcome: DeviceOutcome): void {
    try {
      this.#options.onProgress?.({ done: this.#done, total: this.#orders.length, outcome });
    } catch (error) {
      this.#stopped ??= aborted();
      throw error;
    }
  }

  #refuseDuplicate({ devEui }: DeviceOrder, index: number): void {
    const first = this.#firstOf.get(devEui);
    if (first === undefined || first === index) return;
    const line = this.#orders[first]?.line;
    const where = line === undefined ? `order ${first + 1}` : `line ${line}`;
    throw new VeilleurError('order_duplicate', `The DevEUI stands in ${where} already`, {
      remedy: 'Remove one of the two, or correct its DevEUI.',
    });
  }

  #countInARow(error: unknown): void {
    if (!(error instanceof VeilleurError) || !OF_NO_DEVICE.includes(error.code)) return;
    this.#failedInARow++;
    if (this.#failedInARow < MANY_IN_A_ROW || this.#stopped !== undefined) return;
    this.#stopped = new VeilleurError(
      error.code,
      `${MANY_IN_A_ROW} devices in a row have failed: ${error.message}`,
      { retryable: true, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) },
    );
  }
}

function aborted(): VeilleurError {
  return new VeilleurError('run_aborted', 'The run was stopped', {
    remedy: 'Run again: only what is missing is done.',
    retryable: true,
  });
}
