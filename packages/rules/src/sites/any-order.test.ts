import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Episode } from '../episode.ts';
import { History } from '../history.ts';
import { type RuleOf, rule as ruleSchema } from '../language/rule.ts';
import { evaluateSite } from './evaluate-site.ts';
import { type CompiledSite, compileSiteRule } from './site-rule.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 28);
const END_MS = START_MS + 60 * HOUR_MS;
const PLACE = { zone: 'Europe/Paris', position: null };
const MEMBERS = new Map([
  ['heat', ['heat-1', 'heat-2']],
  ['windows', ['window-1', 'window-2', 'window-3']],
]);

const RULES = [
  {},
  { for: '90min', clearFor: '1h' },
  { samples: 3, reopenWithin: '4h' },
  { given: 'heat < 16.0', for: '1h', samples: 2, hold: '5h' },
  { when: { between: ['22:00', '06:00'] }, reopenWithin: '0s' },
].map((more, i): CompiledSite => {
  const rule = ruleSchema.parse({
    name: `rule-${i}`,
    title: { en: 'a', fr: 'a' },
    kind: 'site',
    values: {
      heat: { quantity: 'thermal_power', aggregate: 'sum', share: 0.5 },
      windows: { quantity: 'digital_input', aggregate: 'count', share: 0.6 },
    },
    expression: 'heat > 4.0 && windows > 0.0',
    hold: '3h',
    ...more,
  });
  return compileSiteRule(rule as RuleOf<'site'>, MEMBERS, { isHoliday: () => false });
});

interface Reading {
  readonly device: string;
  readonly time: number;
  readonly value: number;
}

const readings = fc
  .array(
    fc.tuple(
      fc.constantFrom(...[...MEMBERS.values()].flat()),
      fc.integer({ min: 0, max: 59 }),
      fc.integer({ min: 0, max: 9 }),
    ),
    { minLength: 30, maxLength: 200 },
  )
  .map((told) => [...new Map(told.map((one) => [`${one[0]} ${one[1]}`, one])).values()])
  .map((told) =>
    told.map(
      ([device, half, value]): Reading => ({
        device,
        time: START_MS + (half * HOUR_MS) / 2,
        value: device.startsWith('heat') ? value : value % 2,
      }),
    ),
  );

/** A site as a database knows it: readings, episodes, and when it was looked at; nothing else is remembered. */
class StoredSite {
  readonly #compiled: CompiledSite;
  readonly #readings: Reading[] = [];
  episodes: readonly Episode[] = [];
  #evaluatedTo = START_MS - HOUR_MS;
  dueAt = Number.POSITIVE_INFINITY;

  constructor(compiled: CompiledSite) {
    this.#compiled = compiled;
  }

  tell(news: readonly Reading[], now: number): void {
    this.#readings.push(...news);
    this.look(Math.min(...news.map(({ time }) => time)), now);
  }

  look(news: number, now: number): void {
    const history = new History();
    for (const { device, time, value } of this.#readings) {
      const quantity = device.startsWith('heat') ? 'thermal_power' : 'digital_input';
      history.member(device).tape(quantity, 0).put(time, value);
    }
    const found = evaluateSite(
      this.#compiled,
      PLACE,
      { history, since: Number.NEGATIVE_INFINITY, recorded: this.episodes },
      { news, evaluatedTo: this.#evaluatedTo, now },
    );
    if (found.kind === 'too_old') throw new Error('all is known');
    this.episodes = found.episodes;
    this.dueAt = found.dueAt;
    this.#evaluatedTo = now;
  }
}

describe('in whatever order the devices of a site are heard', () => {
  it('the same episodes are found in the end', () => {
    fc.assert(
      fc.property(
        readings.chain((told) =>
          fc.tuple(
            fc.constant(told),
            fc.shuffledSubarray(told, { minLength: told.length }),
            fc.integer({ min: 1, max: 20 }),
          ),
        ),
        ([told, shuffled, size]) => {
          for (const compiled of RULES) {
            const atOnce = new StoredSite(compiled);
            atOnce.tell(told, END_MS);
            const anyOrder = new StoredSite(compiled);
            let now = START_MS;
            for (let at = 0; at < shuffled.length; at += size) {
              const some = shuffled.slice(at, at + size);
              now = Math.max(now, ...some.map(({ time }) => time));
              anyOrder.tell(some, now);
            }
            anyOrder.look(Number.POSITIVE_INFINITY, END_MS);
            expect(anyOrder.episodes).toEqual(atOnce.episodes);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('looking in between, when it is due or when it is not, changes nothing', () => {
    fc.assert(
      fc.property(readings, fc.array(fc.integer({ min: 0, max: 1_800_000 })), (told, breaks) => {
        for (const compiled of RULES) {
          const inOrder = told.toSorted((a, b) => a.time - b.time);
          const plain = new StoredSite(compiled);
          const watched = new StoredSite(compiled);
          for (const [i, one] of inOrder.entries()) {
            plain.tell([one], one.time);
            watched.tell([one], one.time);
            if (watched.dueAt <= (inOrder[i + 1]?.time ?? END_MS))
              watched.look(Number.POSITIVE_INFINITY, watched.dueAt);
            const later = Math.min(one.time + (breaks[i] ?? 0), inOrder[i + 1]?.time ?? END_MS);
            watched.look(Number.POSITIVE_INFINITY, later);
          }
          plain.look(Number.POSITIVE_INFINITY, END_MS);
          watched.look(Number.POSITIVE_INFINITY, END_MS);
          expect(watched.episodes).toEqual(plain.episodes);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('some of them raise alerts, or this would prove nothing', () => {
    const counts = RULES.map(() => 0);
    for (const told of fc.sample(readings, { numRuns: 200, seed: 7 })) {
      for (const [i, compiled] of RULES.entries()) {
        const site = new StoredSite(compiled);
        site.tell(told, END_MS);
        counts[i] = (counts[i] ?? 0) + site.episodes.length;
      }
    }
    for (const count of counts) expect(count).toBeGreaterThan(0);
  });
});
