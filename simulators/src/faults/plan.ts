import { VeilleurError } from '@veilleur/domain';
import { z } from 'zod';
import { derive, hash, type Key, unit } from '../seeded.ts';
import { FAMILIES, FAULT_KINDS, type FamilyId, type FaultKind, ruleOf, sizeProblem } from './kinds.ts';

const instant = z.iso.datetime({ offset: true }).transform((text) => Math.floor(Date.parse(text) / 1000));

/** One line of a scenario's faults: told of devices by number, or drawn from the seed. */
export const faultSpecSchema = z
  .strictObject({
    kind: z.enum(FAULT_KINDS as [FaultKind, ...FaultKind[]]),
    /** Where a kind can befall several; its usual victim by default. */
    family: z.enum(FAMILIES).optional(),
    /** Numbers of devices within the family; of gateways, for their outage. */
    numbers: z.array(z.int().min(0)).optional(),
    /** Which part of the family it befalls. */
    share: z.number().min(0).max(1).optional(),
    /** How often it befalls one device in a year. */
    perYear: z.number().min(0).optional(),
    /** When it begins; drawn ones begin anywhere from here to `to`. */
    from: instant,
    to: instant.optional(),
    /** How long a drawn one lasts; without it to the end of time. */
    lastsDays: z.number().positive().optional(),
    size: z.number().optional(),
    /** A swapped meter speaks under a DevEUI of its own. */
    newDevEui: z.boolean().optional(),
  })
  .refine(
    (spec) => [spec.numbers, spec.share, spec.perYear].filter((way) => way !== undefined).length === 1,
    {
      error: 'say whom it befalls: one of numbers, share and perYear',
    },
  )
  .refine((spec) => spec.to === undefined || spec.to > spec.from, { error: 'to is not after from' })
  .refine((spec) => spec.numbers !== undefined || spec.to !== undefined, {
    error: 'a fault that is drawn needs a `to`, up to which it may begin',
  })
  .check(({ value: { kind, size }, issues }) => {
    const message = size === undefined ? undefined : sizeProblem(kind, size);
    if (message !== undefined) issues.push({ code: 'custom', input: size, path: ['size'], message });
  });

export type FaultSpec = z.output<typeof faultSpecSchema>;

/** What really happens to one device. Times are whole seconds since 1970; `until_s` is no longer in it. */
export interface Fault {
  readonly kind: FaultKind;
  readonly family: FamilyId | 'gateway';
  readonly number: number;
  readonly from_s: number;
  /** Infinity: it is never mended. */
  readonly until_s: number;
  readonly size: number;
  readonly newDevEui: boolean;
}

const YEAR_S = 365.2425 * 86_400;

/**
 * The faults that a plan comes to, in its order. A device that has a fault of a group already is passed
 * over by draws.
 *
 * @throws VeilleurError `fault_plan_invalid`: a kind on a family that can't have it, a device that does not
 *   exist, or two faults that exclude each other.
 */
export function resolveFaults(
  specs: readonly FaultSpec[],
  countOf: (family: FamilyId) => number,
  city: Key,
): Fault[] {
  const faults: Fault[] = [];
  const told = new Map<string, Fault[]>();
  for (const [place, spec] of specs.entries()) {
    const family = familyOf(spec, place);
    const count = family === 'gateway' ? Number.POSITIVE_INFINITY : countOf(family);
    const drawn = draws(spec, derive(hash(derive(city, 'faults'), place), spec.kind), family, count, place);
    for (const fault of drawn) {
      const key = `${family} ${fault.number} ${ruleOf(spec.kind).group}`;
      const others = told.get(key) ?? [];
      if (others.some((other) => excludes(other, fault))) {
        if (spec.numbers === undefined) continue;
        throw invalid(place, `${spec.kind} on ${family} ${fault.number} overlaps another fault of its group`);
      }
      told.set(key, [...others, fault]);
      faults.push(fault);
    }
  }
  return faults;
}

function excludes(a: Fault, b: Fault): boolean {
  // Leaks add up; a meter is swapped or rolls over once, whenever its other faults are.
  if (ruleOf(a.kind).group === 'flow') return false;
  if (ruleOf(a.kind).group === 'register') return true;
  return a.from_s < b.until_s && b.from_s < a.until_s;
}

function familyOf(spec: FaultSpec, place: number): FamilyId | 'gateway' {
  const { families } = ruleOf(spec.kind);
  if (families === 'gateway') return 'gateway';
  const family = spec.family ?? families[0];
  if (family === undefined || !families.includes(family)) {
    throw invalid(place, `${spec.kind} can't befall ${family}: it is for ${families.join(', ')}`);
  }
  return family;
}

function draws(
  spec: FaultSpec,
  key: Key,
  family: FamilyId | 'gateway',
  count: number,
  place: number,
): Fault[] {
  const { kind, from, to, numbers, lastsDays, newDevEui = false } = spec;
  const size = spec.size ?? ruleOf(kind).usualSize;
  const lasts_s = lastsDays === undefined ? Number.POSITIVE_INFINITY : Math.round(lastsDays * 86_400);
  const common = { kind, family, size, newDevEui };
  if (numbers !== undefined) {
    return numbers.map((number) => {
      if (number >= count) throw invalid(place, `there is no ${family} ${number}: there are ${count}`);
      return {
        ...common,
        number,
        from_s: from,
        until_s: Math.min(to ?? Number.POSITIVE_INFINITY, from + lasts_s),
      };
    });
  }
  const window_s = (to ?? from) - from;
  const chance = spec.share ?? 1 - Math.exp((-(spec.perYear ?? 0) * window_s) / YEAR_S);
  if (family === 'gateway') throw invalid(place, 'gateways are told by number');
  const faults: Fault[] = [];
  for (let number = 0; number < count; number++) {
    if (unit(key, 2 * number) >= chance) continue;
    const from_s = from + Math.floor(unit(key, 2 * number + 1) * window_s);
    faults.push({ ...common, number, from_s, until_s: from_s + lasts_s });
  }
  return faults;
}

function invalid(place: number, what: string): VeilleurError {
  return new VeilleurError('fault_plan_invalid', `faults[${place}]: ${what}`, {
    remedy: 'docs/simulator.md lists the kinds of faults, whom they befall and what their size says.',
  });
}
