import type { LastRun } from '@veilleur/store';
import cron from 'node-cron';
import { afterAll, describe, expect, test } from 'vitest';
import { isMissed } from './missed-occasion.ts';

describe('a pull at 09:30, at the start of the service', () => {
  const task = cron.createTask('30 9 * * *', () => {}, { timezone: 'Europe/Paris' });
  afterAll(() => task.destroy());
  const at = (text: string) => new Date(text);
  const run = (startedAt: string, more: Partial<LastRun> = {}): LastRun => ({
    job: 'pull:curves',
    startedAt: at(startedAt),
    endedAt: at(startedAt),
    outcome: 'done',
    detail: {},
    lastDoneAt: null,
    ...more,
  });
  const morning = '2026-03-10T08:30:00+01:00';
  const noon = '2026-03-10T12:00:00+01:00';
  const yesterday = '2026-03-09T09:30:01+01:00';

  test.each<[string, LastRun | null, string, boolean]>([
    ['never ran', null, morning, true],
    ['ran yesterday, and today is not yet its time', run(yesterday), morning, false],
    ['ran yesterday, and nobody was there today', run(yesterday), noon, true],
    ['ran today', run('2026-03-10T09:30:01+01:00'), noon, false],
    [
      'failed today: its next occasion is tomorrow',
      run('2026-03-10T09:30:00+01:00', { outcome: 'failed', detail: { code: 'operator_unreachable' } }),
      noon,
      false,
    ],
    ['was killed at it', run('2026-03-10T09:30:00+01:00', { endedAt: null, outcome: 'cut_off' }), noon, true],
    [
      'was stopped at it',
      run('2026-03-10T09:30:00+01:00', { outcome: 'failed', detail: { code: 'pull_stopped' } }),
      noon,
      true,
    ],
    ['ran two months ago', run('2026-01-05T09:30:00+01:00'), morning, true],
    [
      'ran before the clocks went forward',
      run('2026-03-28T09:30:01+01:00'),
      '2026-03-29T09:29:00+02:00',
      false,
    ],
    [
      'and its time comes an hour earlier for the sun',
      run('2026-03-28T09:30:01+01:00'),
      '2026-03-29T09:30:00+02:00',
      true,
    ],
  ])('that %s', (_, last, now, due) => {
    expect(isMissed(last, (minute) => task.match(minute), at(now))).toBe(due);
  });
});
