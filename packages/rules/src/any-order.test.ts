import type { Quantity } from '@veilleur/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import { DeviceWatches, type Fact, type RuleChange } from './device-watches.ts';
import type { AlertChange, Episode } from './episode.ts';
import { History } from './history.ts';
import { type DeviceRule, ruleSchema } from './index.ts';
import { Watch } from './watch.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 28);
const PLACE = { zone: 'Europe/Paris', position: { latitude: 47.75, longitude: 7.34 } };

const GAUGE_RULES = [
  { kind: 'value', quantity: 'temperature', above: 5, clearBelow: 3, for: '2h', clearFor: '1h' },
  {
    kind: 'value',
    quantity: 'temperature',
    below: 4,
    reopenWithin: '5h',
    hold: '3h',
    worse: { beyond: 1, severity: 'critical' },
  },
  { kind: 'window', quantity: 'temperature', function: 'mean', over: '4h', above: 5, minSamples: 2 },
  { kind: 'rate', quantity: 'temperature', above: 4, hold: '2h', for: '1h' },
  { kind: 'value', quantity: 'temperature', above: 5, when: { between: ['22:00', '06:00'] } },
  { kind: 'value', quantity: 'temperature', above: 5, samples: 3 },
  { kind: 'value', quantity: 'temperature', above: 3, samples: 2, for: '90min', clearFor: '2h' },
  {
    kind: 'value',
    quantity: 'temperature',
    above: 3,
    samples: 2,
    hold: '9h',
    when: { between: ['22:00', '06:00'] },
  },
  { kind: 'expression', expression: 'temperature < 6.0', given: 'temperature > 2.0', samples: 2 },
];

const INDEX_RULES = [
  { kind: 'continuous_flow', quantity: 'water_volume', over: '6h', hold: '2h', above: 0 },
  {
    kind: 'continuous_flow',
    quantity: 'water_volume',
    over: '3h',
    hold: '90min',
    above: 0,
    samples: 2,
    clearFor: '2h',
  },
  { kind: 'night_minimum', quantity: 'water_volume', hold: '2h', above: 0 },
  {
    kind: 'window',
    quantity: 'water_volume',
    function: 'increase',
    over: '8h',
    hold: '3h',
    below: 6,
    for: '1h',
  },
  {
    kind: 'past',
    quantity: 'water_volume',
    function: 'increase',
    over: '4h',
    hold: '3h',
    against: { every: 'day', back: 1 },
    above: 1.5,
  },
  { kind: 'rate', quantity: 'water_volume', below: 0, hold: '12h', clearFor: '4h' },
  { kind: 'absence', quantity: 'water_volume', after: '3h' },
  {
    kind: 'absence',
    quantity: 'water_volume',
    after: '3h',
    when: { between: ['08:00', '18:00'] },
    for: '1h',
  },
];

type Told = Readonly<Record<string, unknown>>;
const compile = (rules: readonly Told[]) =>
  rules.map((told, i) => {
    const parsed = ruleSchema.parse({ name: `rule-${i}`, title: { en: 'a', fr: 'a' }, ...told });
    return compileRule(parsed as DeviceRule, { isHoliday: () => false });
  });

const newWatches = (rules: readonly CompiledRule[]) =>
  new DeviceWatches(
    new History(),
    rules.map((compiled) => new Watch(compiled, PLACE, Number.NEGATIVE_INFINITY, [])),
    Number.NEGATIVE_INFINITY,
  );

const measured = (quantity: Quantity, half: number, value: number): Fact => ({
  kind: 'measurement',
  quantity,
  channel: 0,
  time: START_MS + (half * HOUR_MS) / 2,
  value,
});

/** Half hours of two days over the change of the clocks, some of them missing, with values around the bounds. */
const gauge = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 95 }), fc.integer({ min: 0, max: 9 })), { maxLength: 60 })
  .map((told) => [...new Map(told)].sort(([a], [b]) => a - b))
  .map((told) => told.map(([half, value]) => measured('temperature', half, value)));

/** An index that grows, stands still, and seldom falls; null: no reading. */
const growth = fc.oneof(
  { weight: 60, arbitrary: fc.integer({ min: 1, max: 3 }) },
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 8, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant(-5) },
);
const index = fc.array(growth, { minLength: 40, maxLength: 96 }).map((growths) => {
  let now = 100;
  return growths.flatMap((more, half) => {
    now += more ?? 0;
    return more === null ? [] : [measured('water_volume', half, now)];
  });
});

const END_MS = START_MS + 60 * HOUR_MS;
const spansOf = ({ watches }: DeviceWatches) =>
  watches.map(({ episodes }) =>
    episodes.map(({ from, openedAt, clearedAt, pauses, worst, severity }) => ({
      from,
      openedAt,
      clearedAt,
      pauses,
      worst,
      severity,
    })),
  );

/** What a reader of the changes would take to be there, by the time at which it opened. */
function replay(changes: readonly AlertChange[]): Episode[] {
  const alerts = new Map<number, Episode>();
  for (const change of changes) {
    if (change.kind === 'raised') alerts.set(change.episode.openedAt, { ...change.episode, clearedAt: null });
    else {
      alerts.delete(change.before.openedAt);
      if (change.kind !== 'withdrawn') alerts.set(change.episode.openedAt, change.episode);
    }
  }
  return [...alerts.values()].sort((a, b) => a.openedAt - b.openedAt);
}

describe.each([
  ['a gauge', compile(GAUGE_RULES), gauge, 3000],
  ['an index', compile(INDEX_RULES), index, 800],
] as const)('in whatever order measurements of %s come', (_what, rules, facts, numRuns) => {
  it('the same episodes are found in the end, and the changes that were told lead there', () => {
    fc.assert(
      fc.property(
        facts.chain((told) =>
          fc.tuple(
            fc.constant(told),
            fc.shuffledSubarray(told, { minLength: told.length }),
            fc.integer({ min: 1, max: 7 }),
          ),
        ),
        ([told, shuffled, size]) => {
          const inOrder = newWatches(rules);
          inOrder.tell(told, END_MS);
          const anyOrder = newWatches(rules);
          const changes = rules.map((): AlertChange[] => []);
          const note = (made: readonly RuleChange[]) => {
            for (const { rule, change } of made)
              changes[rules.findIndex((one) => one.rule === rule)]?.push(change);
          };
          let now = START_MS;
          for (let at = 0; at < shuffled.length; at += size) {
            const some = shuffled.slice(at, at + size);
            now = Math.max(now, ...some.map(({ time }) => time));
            const made = anyOrder.tell(some, now);
            if (made.kind !== 'told') throw new Error('it remembers everything');
            note(made.changes);
          }
          note(anyOrder.advance(END_MS));
          expect(spansOf(anyOrder)).toEqual(spansOf(inOrder));
          for (const [i, watch] of anyOrder.watches.entries()) {
            expect(
              replay(changes[i] ?? []).map(({ openedAt, clearedAt }) => ({ openedAt, clearedAt })),
            ).toEqual(watch.episodes.map(({ openedAt, clearedAt }) => ({ openedAt, clearedAt })));
          }
        },
      ),
      { numRuns },
    );
  });

  it('telling it again changes nothing', () => {
    fc.assert(
      fc.property(facts, (told) => {
        const watches = newWatches(rules);
        watches.tell(told, END_MS);
        expect(watches.tell(told, END_MS)).toEqual({ kind: 'told', changes: [] });
      }),
    );
  });

  it('some of them raise alerts, or this would prove nothing', () => {
    const found = fc.sample(facts, { numRuns: 300, seed: 7 }).map((told) => {
      const watches = newWatches(rules);
      watches.tell(told, END_MS);
      return watches.watches.map(({ episodes }) => episodes.length);
    });
    for (const i of rules.keys())
      expect(found.reduce((sum, one) => sum + (one[i] ?? 0), 0)).toBeGreaterThan(0);
  });
});
