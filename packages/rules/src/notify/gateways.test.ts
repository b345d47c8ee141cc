import { expect, test } from 'vitest';
import { type GatewayHearing, gatewayChange, hearingResumedAt } from './gateways.ts';

const MINUTE = 60_000;
const SETTINGS = { downAfterMs: 30 * MINUTE, severity: 'critical' } as const;

const hearing = (
  gatewayId: string,
  minute: number,
  { gap = 1, news = null, known = null }: { gap?: number; news?: number | null; known?: number | null } = {},
): GatewayHearing => ({
  gatewayId,
  lastHeardAt: minute * MINUTE,
  usualGapMs: gap * MINUTE,
  news:
    news === null
      ? null
      : { firstHeardAt: news * MINUTE, knownUntil: known === null ? null : known * MINUTE },
});

const raised = (church: GatewayHearing, others: readonly GatewayHearing[]) => {
  const change = gatewayChange(church, [church, ...others], null, SETTINGS);
  return change?.kind === 'raised' ? change.episode : null;
};

test('a gateway that hears nothing while others do is down, since it fell silent', () => {
  const church = hearing('church', 100);
  expect(raised(church, [hearing('school', 129)])).toBeNull();
  expect(raised(church, [hearing('school', 131)])).toMatchObject({
    from: 100 * MINUTE,
    openedAt: 130 * MINUTE,
    clearedAt: null,
    severity: 'critical',
  });
});

test('when nobody hears anything, the fault lies elsewhere', () => {
  expect(raised(hearing('church', 100), [hearing('school', 101)])).toBeNull();
  expect(raised(hearing('church', 100), [])).toBeNull();
});

test('one that hears a frame an hour is given more time', () => {
  const farm = hearing('farm', 100, { gap: 60 });
  expect(raised(farm, [hearing('school', 400)])).toBeNull();
  expect(raised(farm, [hearing('school', 461)])).toMatchObject({ openedAt: 460 * MINUTE });
});

test('it is over when it hears again; frames that came late say that it never was', () => {
  const open = raised(hearing('church', 100), [hearing('school', 140)]);
  const school = hearing('school', 200);
  const change = (church: GatewayHearing) => gatewayChange(church, [church, school], open, SETTINGS);
  expect(change(hearing('church', 100))).toBeNull();
  expect(change(hearing('church', 190, { news: 180 }))).toMatchObject({
    kind: 'cleared',
    episode: { clearedAt: 180 * MINUTE },
  });
  expect(change(hearing('church', 190, { news: 101 }))).toMatchObject({ kind: 'withdrawn' });
});

test('when everybody hears again after nobody did, each has its time anew', () => {
  // The network server was away from minute 100 to 140; the school's gateway is the first that hears again.
  const church = hearing('church', 98);
  const school = hearing('school', 141, { news: 140, known: 100 });
  const resumedAt = hearingResumedAt([church, school], SETTINGS.downAfterMs);
  expect(resumedAt).toBe(140 * MINUTE);
  const change = (minute: number) =>
    gatewayChange(church, [church, hearing('school', minute)], null, SETTINGS, resumedAt ?? 0)?.kind;
  expect(change(141)).toBeUndefined();
  expect(change(169)).toBeUndefined();
  // It does not: it is down, since it heard last.
  expect(change(171)).toBe('raised');
});

test('a pause that is usual here, or of one gateway alone, is none of all', () => {
  const resumed = (all: readonly GatewayHearing[]) => hearingResumedAt(all, SETTINGS.downAfterMs);
  expect(resumed([hearing('church', 98), hearing('school', 120, { news: 110, known: 100 })])).toBeNull();
  expect(resumed([hearing('church', 139), hearing('school', 140, { news: 140, known: 100 })])).toBeNull();
  expect(resumed([hearing('church', 98)])).toBeNull();
  const seldom = { gap: 40 };
  expect(
    resumed([hearing('church', 98, seldom), hearing('school', 140, { ...seldom, news: 140, known: 100 })]),
  ).toBeNull();
});
