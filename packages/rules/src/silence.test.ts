import { isFrenchHoliday } from '@veilleur/metering';
import { expect, it } from 'vitest';
import { compileRule } from './compiled-rule.ts';
import { History } from './history.ts';
import { rule as ruleSchema, type When } from './language/rule.ts';
import { Watch } from './watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PLACE = { zone: 'Europe/Paris', position: { latitude: 47.75, longitude: 7.33 } };

/** Paris, as `2026-03-13 12:30`. */
const paris = (local: string) =>
  Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime('Europe/Paris').epochMilliseconds;
const shown = (time: number) =>
  Temporal.Instant.fromEpochMilliseconds(time)
    .toZonedDateTimeISO('Europe/Paris')
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');

/** When a device that reported every hour, and was heard last then, is told as silent after three hours. */
function toldSilent(
  lastHeard: string,
  when: When,
  place: typeof PLACE | { zone: string; position: null } = PLACE,
) {
  const parsed = ruleSchema.parse({
    name: 'silent',
    title: { en: 'Silent', fr: 'Muet' },
    kind: 'absence',
    after: '3h',
    when,
  });
  if (parsed.kind !== 'absence') throw new Error('another kind');
  const compiled = compileRule(parsed, { isHoliday: isFrenchHoliday({ alsaceMoselle: false }) });
  const history = new History();
  const last = paris(lastHeard);
  for (let time = last - 10 * DAY; time <= last; time += HOUR) history.heard.put(time, 1);
  const watch = new Watch(compiled, place, Number.NEGATIVE_INFINITY, []);
  watch.advance(history, last + 3 * HOUR);
  // As the service does it: woken when it is due, and at no other time.
  for (let wakes = 0; wakes < 5; wakes += 1) {
    const due = watch.dueAt(history);
    if (due === Number.POSITIVE_INFINITY) break;
    watch.advance(history, due);
  }
  return watch.episodes.map(({ openedAt }) => shown(openedAt));
}

const OFFICE: When = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], between: ['08:00', '18:00'] };

it.each<[string, string, When, string]>([
  ['in time', '2026-03-12 09:30', OFFICE, '2026-03-12 12:30'],
  ['the next morning', '2026-03-12 17:30', OFFICE, '2026-03-13 08:00'],
  ['after a weekend', '2026-03-13 17:30', OFFICE, '2026-03-16 08:00'],
  [
    'after Easter',
    '2026-04-03 22:00',
    { days: ['mon', 'tue', 'wed', 'thu', 'fri'], holidays: 'never' },
    '2026-04-07 00:00',
  ],
  ['on Monday', '2026-03-10 10:00', { days: ['mon'] }, '2026-03-16 00:00'],
  ['in June', '2026-07-31 22:00', { months: [6, 7] }, '2027-06-01 00:00'],
  ['over midnight', '2026-03-10 10:00', { between: ['22:10', '06:00'] }, '2026-03-10 22:10'],
  ['in the dark', '2026-06-21 06:00', { sunBelow: -6 }, '2026-06-21 22:30'],
])('a device that falls silent is told %s, at the first moment that counts', (_what, heard, when, told) => {
  expect(toldSilent(heard, when)).toEqual([told]);
});

it.each<[string, When]>([
  ['hours that are none', { between: ['08:00', '08:00'] }],
  ['the sun where nobody knows the place', { sunBelow: -6 }],
])('it is told by no one where only %s count', (_what, when) => {
  expect(toldSilent('2026-03-10 10:00', when, { zone: 'Europe/Paris', position: null })).toEqual([]);
});
