import { hash, type Key } from '../seeded.ts';
import type { Family } from './family.ts';

/** When the devices of a family report: each once a period, at an offset of its own, in one order for ever. */
export interface Schedule {
  readonly family: Family;
  readonly periodMs: number;
  /** Rising; as many as the family has devices. */
  readonly offsetMs: Float64Array;
  /** Which device each offset is of. */
  readonly number: Uint32Array;
}

/** The n-th report of a device that fell due. */
export interface Due {
  readonly family: Family;
  readonly number: number;
  readonly atMs: number;
  /** From 0 at the installation. */
  readonly round: number;
  readonly offsetMs: number;
}

const NUMBERS = 2 ** 20;

export function scheduleOf(family: Family, key: Key): Schedule {
  const periodMs = family.period_s * 1000;
  // Offset and number in one number, so that they are sorted as numbers: 30 bits and 20 fit 53.
  const sorted = new Float64Array(family.count);
  for (let number = 0; number < family.count; number++) {
    sorted[number] = (hash(key, number) % periodMs) * NUMBERS + number;
  }
  sorted.sort();
  const offsetMs = new Float64Array(family.count);
  const numbers = new Uint32Array(family.count);
  for (const [place, both] of sorted.entries()) {
    offsetMs[place] = Math.floor(both / NUMBERS);
    numbers[place] = both % NUMBERS;
  }
  return { family, periodMs, offsetMs, number: numbers };
}

/** All that falls due in a stretch of time, in order of time. */
export function* walk(
  schedules: readonly Schedule[],
  installedAtMs: number,
  from: Date,
  to: Date,
): Generator<Due> {
  const toMs = to.getTime();
  const cursors = schedules.map((schedule) => new Cursor(schedule, installedAtMs, from.getTime()));
  for (;;) {
    let next: Cursor | undefined;
    for (const cursor of cursors) if (next === undefined || cursor.atMs < next.atMs) next = cursor;
    if (next === undefined || next.atMs >= toMs) return;
    yield next.due();
    next.advance();
  }
}

class Cursor {
  readonly #schedule: Schedule;
  readonly #installedAtMs: number;
  #round: number;
  #place = 0;
  atMs = 0;

  constructor(schedule: Schedule, installedAtMs: number, fromMs: number) {
    this.#schedule = schedule;
    this.#installedAtMs = installedAtMs;
    this.#round = Math.max(0, Math.floor((fromMs - installedAtMs) / schedule.periodMs));
    this.#settle();
    while (this.atMs < fromMs) this.advance();
  }

  due(): Due {
    const { family, number, offsetMs } = this.#schedule;
    return {
      family,
      number: number[this.#place] ?? 0,
      atMs: this.atMs,
      round: this.#round,
      offsetMs: offsetMs[this.#place] ?? 0,
    };
  }

  advance(): void {
    this.#place += 1;
    if (this.#place === this.#schedule.offsetMs.length) {
      this.#place = 0;
      this.#round += 1;
    }
    this.#settle();
  }

  #settle(): void {
    const offsetMs = this.#schedule.offsetMs[this.#place] ?? 0;
    this.atMs = this.#installedAtMs + this.#round * this.#schedule.periodMs + offsetMs;
  }
}
