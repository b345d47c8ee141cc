import type { MeasurementRow } from './write-measurements.ts';

/** Times of one series that are surely stored: `first`, `first + step`, … `last`. A single one has step 0. */
interface Run {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly stepMs: number;
}

/** Of one device, by series (quantity and channel). */
interface DeviceRuns {
  /** How often the device's history had been made anew when this was learned. */
  readonly restatements: number;
  readonly series: Map<number, Run>;
}

export interface SortedRows {
  /** Not stored, as far as is known: the fast way may be tried. */
  readonly fresh: readonly MeasurementRow[];
  /** May be stored already. */
  readonly doubtful: readonly MeasurementRow[];
  /** To be called after the commit: what was written is known from then on. */
  readonly remember: () => void;
}

/** A million hourly meters; some 100 bytes each. */
const DEVICES_MAX = 1_000_000;
const CAUTIOUS_SORTS = 1000;

/**
 * What this process knows to be stored of the histories that meters send again and again: a frame with
 * the last 16 hours tells 15 that are there already. Knowing them here spares the database the look.
 *
 * A row that is left out was stored by a transaction of this process, or met by it; nothing but a
 * restatement takes a measurement away, and the device's count of those says when to forget.
 */
export class KnownTimes {
  readonly #devices = new Map<number, DeviceRuns>();
  #cautiousSorts = 0;

  /**
   * @param rows of frames and events that are new.
   * @param restatementsOf the count of each device, read under its lock.
   */
  sort(rows: readonly MeasurementRow[], restatementsOf: ReadonlyMap<number, number>): SortedRows {
    const fresh: MeasurementRow[] = [];
    const doubtful: MeasurementRow[] = [];
    const pending = new Map<number, DeviceRuns>();
    const cautious = this.#cautiousSorts > 0;
    if (cautious) this.#cautiousSorts -= 1;
    for (const dated of inFrames(rows, (row) => fresh.push(row))) {
      const { deviceId } = dated[0];
      const device = this.#pendingOf(pending, deviceId, restatementsOf.get(deviceId) ?? 0);
      const code = seriesOf(dated[0]);
      const known = device.series.get(code);
      const newestMs = timeOf(dated[dated.length - 1] ?? dated[0]);
      let run = known;
      for (const row of dated) {
        const ms = timeOf(row);
        if (run !== undefined && includes(run, ms)) continue;
        const continues = known !== undefined && ms > known.lastMs;
        if (continues && (!cautious || newestMs - ms < known.stepMs || ms === newestMs)) fresh.push(row);
        else doubtful.push(row);
        run = extended(run, ms);
      }
      if (run !== undefined) device.series.set(code, run);
    }
    return { fresh, doubtful, remember: () => this.#remember(pending) };
  }

  /**
   * To be called when a row that was taken for fresh was there: another bridge writes the same devices.
   * For a while only the newest hour of a frame is taken for fresh then.
   */
  wasWrong(): void {
    this.#cautiousSorts = CAUTIOUS_SORTS;
  }

  #pendingOf(pending: Map<number, DeviceRuns>, deviceId: number, restatements: number): DeviceRuns {
    const begun = pending.get(deviceId);
    if (begun !== undefined) return begun;
    const known = this.#devices.get(deviceId);
    const series = known?.restatements === restatements ? new Map(known.series) : new Map<number, Run>();
    const runs = { restatements, series };
    pending.set(deviceId, runs);
    return runs;
  }

  #remember(pending: ReadonlyMap<number, DeviceRuns>): void {
    for (const [deviceId, runs] of pending) {
      // Last heard, last forgotten.
      this.#devices.delete(deviceId);
      this.#devices.set(deviceId, runs);
    }
    for (const deviceId of this.#devices.keys()) {
      if (this.#devices.size <= DEVICES_MAX) break;
      this.#devices.delete(deviceId);
    }
  }
}

/**
 * The dated rows of each frame and series, oldest first. What was measured as the frame was received
 * belongs to that frame alone and needs no look: it goes to `takeCurrent`.
 */
function* inFrames(
  rows: readonly MeasurementRow[],
  takeCurrent: (row: MeasurementRow) => void,
): Generator<[MeasurementRow, ...MeasurementRow[]]> {
  for (let start = 0; start < rows.length; ) {
    const groups = new Map<number, [MeasurementRow, ...MeasurementRow[]]>();
    const first = rows[start];
    let end = start;
    for (; end < rows.length; end += 1) {
      const row = rows[end];
      if (row === undefined || row.deviceId !== first?.deviceId || row.reportedAt !== first.reportedAt) break;
      if (timeOf(row) === row.reportedAt.getTime()) {
        takeCurrent(row);
        continue;
      }
      const group = groups.get(seriesOf(row));
      if (group === undefined) groups.set(seriesOf(row), [row]);
      else group.push(row);
    }
    start = end;
    for (const group of groups.values()) {
      yield group.sort((a, b) => timeOf(a) - timeOf(b));
    }
  }
}

const timeOf = (row: MeasurementRow) => row.measurement.time.getTime();

/** Quantity and channel are of 16 bits each. */
function seriesOf({ quantityId, measurement }: MeasurementRow): number {
  return quantityId * 0x1_0000 + (measurement.channel & 0xffff);
}

function includes({ firstMs, lastMs, stepMs }: Run, ms: number): boolean {
  if (ms < firstMs || ms > lastMs) return false;
  return stepMs === 0 || (ms - firstMs) % stepMs === 0;
}

/**
 * The run with one more time, where it continues it. A later time on the same grid, past a gap, begins a
 * new run; one off the grid, such as a present reading among hourly ones, leaves the run as it is.
 */
function extended(run: Run | undefined, ms: number): Run {
  if (run === undefined) return { firstMs: ms, lastMs: ms, stepMs: 0 };
  const { firstMs, lastMs, stepMs } = run;
  if (stepMs === 0) return ms > lastMs ? { firstMs, lastMs: ms, stepMs: ms - lastMs } : run;
  if ((ms - firstMs) % stepMs !== 0) return run;
  if (ms === lastMs + stepMs) return { firstMs, lastMs: ms, stepMs };
  if (ms > lastMs) return { firstMs: ms, lastMs: ms, stepMs };
  return ms === firstMs - stepMs ? { firstMs: ms, lastMs, stepMs } : run;
}
