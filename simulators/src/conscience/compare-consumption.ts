import type { DevEui, Quantity } from '@veilleur/domain';
import type { CityDevice } from '../city/city-device.ts';
import type { Family } from '../city/family.ts';
import type { CityPoint, CityRegister } from '../points/city-point.ts';
import { cityPoints, codePrefixOf } from '../points/city-points.ts';
import { flowOf, type RegisterTerms, termsOf } from '../points/register-terms.ts';
import { derive, unit } from '../seeded.ts';
import { compareRegister } from './compare-buckets.ts';
import { compareTotals } from './compare-totals.ts';
import { isSame, trueMoments } from './compare-values.ts';
import {
  type Comparison,
  type ComparisonContext,
  Findings,
  type HeldConsumption,
  type HeldMeasurement,
} from './comparison.ts';
import { knownRegister, type ToldIndex } from './known-register.ts';
import { isSeldomHeard, SELDOM_S } from './seldom-heard.ts';
import { type Heard, heardFrames, mostAlarmFrames } from './told-values.ts';

/** All that is known of so many is in memory at a time. */
const POINTS_TOGETHER = 500;
const MICRO = 1_000_000;
const DEFAULT_TIME_ZONE = 'Europe/Paris';

/**
 * Consumption is what the meters counted: every hour, day and month of every point, with the truth of the
 * registers at the moments that were told. Nothing of the arithmetic that made it is used here.
 */
export const CONSUMPTION: Comparison = {
  name: 'consumption',
  async run(context) {
    const { plan, source, holdings, deviceShare, say } = context;
    const findings = new Findings();
    const prefix = codePrefixOf(source.city);
    const waiting = await holdings.unsettledPoints(`${prefix}-`);
    if (waiting > 0) {
      findings.add({
        kind: 'consumption_unsettled',
        what: 'metering points',
        expected: 'all of them settled',
        found: `${waiting} that wait to be settled`,
        weight: 8,
      });
      return findings.result();
    }
    const chosen = derive(plan.seed, 'conscience consumption');
    const judge = new Judge(context, findings);
    let batch: CityPoint[] = [];
    let n = 0;
    for (const point of cityPoints(source.city, new Date(plan.untilMs))) {
      n += 1;
      if (deviceShare < 1 && !judge.isFaulty(point) && unit(chosen, n) >= deviceShare) continue;
      batch.push(point);
      if (batch.length < POINTS_TOGETHER) continue;
      await judge.look(batch);
      batch = [];
      if (judge.points % 2500 < POINTS_TOGETHER) say(`${judge.points} points, ${findings.compared} values`);
    }
    await judge.look(batch);
    findings.figures.points = judge.points;
    return findings.result();
  },
};

class Judge {
  points = 0;
  readonly #context: ComparisonContext;
  readonly #findings: Findings;
  readonly #families: ReadonlyMap<string, Family>;
  readonly #devices: ReadonlyMap<DevEui, CityDevice>;
  readonly #momentsOf: ReturnType<typeof trueMoments>;
  readonly #heard: ReadonlyMap<number, Heard>;

  constructor(context: ComparisonContext, findings: Findings) {
    const { city } = context.source;
    this.#context = context;
    this.#findings = findings;
    this.#families = new Map(city.models.families.map((family) => [family.id, family]));
    const meters = [...city.devices()].filter(({ familyId }) => termsOf(familyId) !== undefined);
    this.#devices = new Map(meters.map((device) => [device.devEui, device]));
    this.#momentsOf = trueMoments(context);
    this.#heard = heardFrames(context.knowledge);
  }

  /** Whoever has a story is looked at whatever the share. */
  isFaulty({ family, number }: CityPoint): boolean {
    return this.#families.get(family)?.faults.get(number)?.register !== undefined;
  }

  async look(points: readonly CityPoint[]): Promise<void> {
    const { holdings } = this.#context;
    const codes = points.map(({ code }) => code);
    const there = await holdings.pointsOf(codes);
    const installations = points.flatMap(({ registers }) => registers.flatMap(({ known }) => known));
    const told = new Map<DevEui, HeldMeasurement[]>();
    const devEuis = [...new Set(installations.map(({ devEui }) => devEui))];
    const quantities = [...new Set(installations.map(({ deviceQuantity }) => deviceQuantity))];
    for await (const held of holdings.readingsOf(devEuis, quantities as Quantity[])) {
      const known = told.get(held.devEui);
      if (known === undefined) told.set(held.devEui, [held]);
      else known.push(held);
    }
    const rows = new Map<string, HeldConsumption[]>();
    for await (const row of holdings.consumptionOf(codes)) {
      const known = rows.get(row.code);
      if (known === undefined) rows.set(row.code, [row]);
      else known.push(row);
    }
    for (const point of points) {
      this.points += 1;
      if (there.has(point.code)) this.#compare(point, told, rows.get(point.code) ?? []);
      else {
        this.#findings.add({
          kind: 'point_missing',
          what: point.code,
          expected: 'a metering point',
          found: 'none',
          weight: 7,
        });
      }
    }
  }

  #compare(
    point: CityPoint,
    told: ReadonlyMap<DevEui, readonly HeldMeasurement[]>,
    rows: readonly HeldConsumption[],
  ): void {
    const { plan } = this.#context;
    const family = this.#families.get(point.family);
    const terms = termsOf(point.family);
    if (family === undefined || terms === undefined) return;
    const faults = family.faults.get(point.number);
    const isMoved = point.registers.some(({ known }) => known.length > 1);
    if (isMoved && (faults?.clock.length ?? 0) > 0) {
      // What a device dates wrong may belong to the meter before: no record says so.
      this.#findings.count('points not judged: their clock was wrong when their meter was changed');
      return;
    }
    const timeZone = plan.city.timeZone ?? DEFAULT_TIME_ZONE;
    const { dayStartMinutes, code } = point;
    const unjudged = new Set(rows);
    for (const [i, register] of point.registers.entries()) {
      const ownTerms = terms.registers[i];
      const own = rows.filter(
        ({ quantity, channel }) => quantity === register.quantity && channel === register.channel,
      );
      for (const row of own) unjudged.delete(row);
      if (ownTerms === undefined) continue;
      const indexes = this.#indexesOf(register, ownTerms, family, point.number, told);
      if (indexes === null) {
        this.#findings.count('points not judged: they tell of another run');
        continue;
      }
      if (indexes.length === 0 && this.#hasTold(register, family)) {
        this.#findings.add({
          kind: 'index_missing',
          devEui: register.known[0]?.devEui ?? null,
          what: `readings of ${code}, ${register.quantity}/${register.channel}`,
          expected: 'those that its frames told',
          found: 'none',
          weight: 6,
        });
      }
      compareRegister(
        {
          ...knownRegister(register.known, indexes),
          code,
          devEui: register.known[0]?.devEui as DevEui,
          quantity: register.quantity,
          channel: register.channel,
          timeZone,
          dayStartMinutes,
          isSeldomRead:
            (family.period_s > SELDOM_S && family.medium !== 'water') ||
            isSeldomHeard(indexes.map(({ timeMs }) => timeMs)),
          slack: slackOf(register, ownTerms),
          sums: `${family.medium}: ${register.quantity === 'active_energy_import' ? 'kWh' : 'm3'}`,
        },
        own,
        this.#findings,
      );
    }
    for (const row of compareTotals(point, rows, this.#findings)) unjudged.delete(row);
    for (const row of unjudged) {
      this.#findings.add({
        kind: 'consumption_unfounded',
        at: new Date(row.fromMs),
        what: `${row.bucket} of ${code}, ${row.quantity}/${row.channel}`,
        expected: 'no such register',
        found: `${row.value}`,
        weight: 6,
      });
    }
  }

  /** Whether frames that surely told the register were heard. */
  #hasTold({ known }: CityRegister, family: Family): boolean {
    return known.some(({ devEui }) => {
      const device = this.#devices.get(devEui);
      const heard = device && this.#heard.get(device.index);
      if (!device || !heard) return false;
      return (
        heard.frames - heard.repeated - heard.inDoubt > mostAlarmFrames(device, family, this.#context.plan)
      );
    });
  }

  /** What a register really showed whenever its devices told it; null: not all of that is of this run. */
  #indexesOf(
    { known }: CityRegister,
    terms: RegisterTerms,
    family: Family,
    number: number,
    told: ReadonlyMap<DevEui, readonly HeldMeasurement[]>,
  ): ToldIndex[] | null {
    const fault = family.faults.get(number)?.register;
    const countsAll = fault === undefined || COUNTS_ALL.has(fault.kind);
    const indexes: ToldIndex[] = [];
    for (const devEui of new Set(known.map((one) => one.devEui))) {
      const device = this.#devices.get(devEui);
      if (device === undefined) continue;
      for (const held of told.get(devEui) ?? []) {
        if (held.quantity !== terms.deviceQuantity || held.channel !== terms.deviceChannel) continue;
        const moments = this.#momentsOf(device, held);
        if (moments === null) return null;
        const shownAt = (time_s: number) =>
          family
            .truth(number, time_s)
            .find(({ quantity, channel }) => quantity === held.quantity && channel === held.channel)?.value ??
          0;
        // Of two moments that it may be of, the one at which the meter showed this.
        const [first = 0, ...others] = moments;
        const time_s = isSame(shownAt(first), held.value)
          ? first
          : (others.find((other) => isSame(shownAt(other), held.value)) ?? first);
        const shown = shownAt(time_s);
        // A register that is about to start again stands below zero.
        const end = fault?.kind === 'rollover' ? 10 ** (fault.size - terms.stepDigits) : Infinity;
        indexes.push({
          devEui,
          timeMs: held.timeMs,
          momentMs: time_s * 1000,
          shown: Math.round((shown > end / 2 ? shown - end : shown) * MICRO),
          flowed: countsAll ? (flowOf(family, number, time_s, terms)?.value ?? 0) * MICRO : null,
        });
      }
    }
    return indexes;
  }
}

/** Faults of a register that do not keep it from counting what flows, once they are written down. */
const COUNTS_ALL: ReadonlySet<string> = new Set(['swapped', 'rollover', 'pulse_weight']);

/** A register shows whole steps, and each of its meters begins with a step of its own. */
function slackOf({ known }: CityRegister, { stepDigits }: RegisterTerms): number {
  return known.reduce(
    (sum, { factor }) => sum + (factor.numerator / factor.denominator / 10 ** stepDigits) * MICRO,
    2,
  );
}
