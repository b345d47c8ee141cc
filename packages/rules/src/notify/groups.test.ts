import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Episode } from '../episode.ts';
import { type RuleOf, rule as ruleSchema } from '../language/rule.ts';
import { evaluateGroup, type MemberSpan } from './groups.ts';

const MINUTE = 60_000;
const rule = (more: object = {}) =>
  ruleSchema.parse({
    name: 'outage',
    title: { en: 'Outage', fr: 'Panne' },
    kind: 'many',
    of: ['silent'],
    by: 'cabinet',
    atLeast: 3,
    within: '30min',
    reopenWithin: '0s',
    ...more,
  }) as RuleOf<'many'>;

/** Minutes: began, opened, cleared. */
const span = (beganAt: number, openedAt: number, clearedAt: number | null = null): MemberSpan => ({
  beganAt: beganAt * MINUTE,
  openedAt: openedAt * MINUTE,
  clearedAt: clearedAt === null ? null : clearedAt * MINUTE,
});

const evaluated = (
  members: readonly MemberSpan[],
  { now = 1000, recorded = [], since = -1, size = 50, ...more }: Record<string, unknown> = {},
) =>
  evaluateGroup(
    rule(more),
    { members, size: size as number, recorded: recorded as readonly Episode[] },
    (since as number) * MINUTE,
    (now as number) * MINUTE,
  );

const story = ({ changes }: ReturnType<typeof evaluated>) =>
  changes.map(({ kind, at }) => `${kind} at ${at / MINUTE}`);

describe('many alerts at once', () => {
  test('raise the alert of their group when enough are open, as of their own time', () => {
    const { changes, episodes } = evaluated([span(0, 60), span(1, 61), span(5, 65)]);
    expect(changes).toHaveLength(1);
    expect(episodes).toMatchObject([{ from: 65 * MINUTE, openedAt: 65 * MINUTE, worst: { value: 3 } }]);
  });

  test('do not when they began too far apart, or were not open together', () => {
    expect(story(evaluated([span(0, 60), span(20, 80), span(40, 100)]))).toEqual([]);
    expect(story(evaluated([span(0, 60, 62), span(1, 61), span(5, 65)]))).toEqual([]);
  });

  test('clear it when fewer are open; once raised, newcomers need not have begun with them', () => {
    const members = [span(0, 60, 200), span(1, 61, 300), span(5, 65), span(90, 150), span(95, 160)];
    expect(story(evaluated(members))).toEqual(['raised at 65']);
    expect(story(evaluated([...members.slice(0, 3), span(90, 150, 250)]))).toEqual([
      'raised at 65',
      'cleared at 250',
    ]);
  });

  test('are counted against the size of the group where the rule says so', () => {
    const four = [0, 1, 2, 3].map((i) => span(i, 60 + i));
    expect(story(evaluated(four, { share: 0.5, size: 8 }))).toEqual(['raised at 63']);
    expect(story(evaluated(four, { share: 0.5, size: 9 }))).toEqual([]);
  });

  test('must stay so for as long as the rule says, and time alone brings it about', () => {
    const three = [0, 1, 2].map((i) => span(i, 60 + i));
    const waiting = evaluated(three, { for: '10min', now: 65 });
    expect([story(waiting), waiting.dueAt / MINUTE]).toEqual([[], 72]);
    expect(story(evaluated(three, { for: '10min', now: 72 }))).toEqual(['raised at 72']);
  });

  test('late news of a member raises, corrects and withdraws it as of its own time', () => {
    const three = [0, 1, 5].map((i) => span(i, 60 + i));
    const { episodes: recorded } = evaluated(three);
    expect(story(evaluated(three, { recorded }))).toEqual([]);
    // One of them had cleared long ago, as a late frame tells.
    expect(story(evaluated([span(0, 60, 62), ...three.slice(1)], { recorded }))).toEqual(['withdrawn at 65']);
    // A fourth was silent too: it opened earlier.
    expect(story(evaluated([...three, span(2, 62)], { recorded }))).toEqual(['corrected at 62']);
  });

  test('what is recorded from before the horizon goes on', () => {
    const three = [0, 1, 5].map((i) => span(i, 60 + i, i === 5 ? 500 : null));
    const { episodes: recorded } = evaluated(three, { now: 400 });
    expect(story(evaluated(three, { recorded, since: 300 }))).toEqual(['cleared at 500']);
  });

  test('tell the same whatever was known when, and in whatever order', () => {
    const minute = fc.integer({ min: 0, max: 300 });
    const member = fc
      .tuple(minute, fc.integer({ min: 0, max: 60 }), fc.option(fc.integer({ min: 1, max: 200 })))
      .map(([began, wait, length]) =>
        span(began, began + wait, length === null ? null : began + wait + length),
      );
    fc.assert(
      fc.property(
        fc.array(member, { maxLength: 12 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        (members, early) => {
          const first = evaluated(members.filter((_, i) => early[i] === true));
          const after = evaluated(members.toReversed(), { recorded: first.episodes });
          expect(after.episodes).toEqual(evaluated(members).episodes);
        },
      ),
      { numRuns: 300 },
    );
  });
});
