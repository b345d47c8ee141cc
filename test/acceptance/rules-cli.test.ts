import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FrameEntry, type Pool, Writer } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { putRulesOf, startAlertingUnderTest } from '../support/alerting.ts';
import { frameOf, paris } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

const HOUR_MS = 3_600_000;

const LEAK = `
- name: leak
  title: { en: Water never stops, fr: L’eau ne s’arrête jamais }
  kind: continuous_flow
  quantity: water_volume
  over: 24h
  hold: 3h
  above: 0.001
  worse: { beyond: 0.05, severity: critical }
- name: silent
  title: { en: Silent, fr: Muet }
  kind: absence
  after: 12h
- name: silent-street
  title: { en: A street is silent, fr: Une rue est muette }
  kind: many
  of: [silent]
  by: street
  atLeast: 2
`;

interface Leak {
  readonly from: string;
  readonly to: string;
  readonly m3PerHour: number;
}

interface MeterStory {
  readonly devEui: string;
  readonly name: string;
  readonly leaks?: readonly Leak[];
  /** It tells nothing from then until then. */
  readonly silences?: readonly (readonly [string, string])[];
}

/** A street's meters, read each hour: 30 litres an hour by day, nothing by night, and what leaks. */
const METERS: readonly MeterStory[] = [
  {
    devEui: '70b3d5e75e000001',
    name: 'bakery',
    leaks: [{ from: '2026-03-12 01:00', to: '2026-03-14 09:00', m3PerHour: 0.02 }],
  },
  {
    devEui: '70b3d5e75e000002',
    name: 'school',
    leaks: [
      { from: '2026-03-08 00:00', to: '2026-03-10 00:00', m3PerHour: 0.1 },
      { from: '2026-03-27 00:00', to: '2026-04-04 00:00', m3PerHour: 0.02 },
    ],
    silences: [['2026-03-20 06:30', '2026-03-21 10:00']],
  },
  {
    devEui: '70b3d5e75e000003',
    name: 'town hall',
    silences: [['2026-03-20 06:30', '2026-03-21 04:00']],
  },
  // Given up long before: its silence is older than anything that is looked at.
  { devEui: '70b3d5e75e000004', name: 'cellar', silences: [['2026-02-11 06:30', '2026-05-01 00:00']] },
];

function framesOf({ devEui, name, leaks = [], silences = [] }: MeterStory, from: string, to: string) {
  const frames: FrameEntry[] = [];
  let litres = 100_000;
  for (let time = paris(from).getTime(), i = 1; time < paris(to).getTime(); time += HOUR_MS, i += 1) {
    const at = new Date(time);
    const isSilent = silences.some(([start, end]) => at >= paris(start) && at < paris(end));
    const frame = frameOf(devEui, i, [{ at, value: litres / 1000 }], new Date(time + 20_000));
    const device = { ...frame.frame.device, name, tags: { street: 'rue du Bac' } };
    if (!isSilent) frames.push({ ...frame, frame: { ...frame.frame, device } });
    const hour = at.getUTCHours();
    litres += hour >= 5 && hour < 20 ? 30 : 0;
    for (const leak of leaks) {
      if (at >= paris(leak.from) && at < paris(leak.to)) litres += leak.m3PerHour * 1000;
    }
  }
  return frames;
}

async function tell(pool: Pool, from: string, to: string): Promise<void> {
  const writer = new Writer(pool);
  for (const meter of METERS) {
    const frames = framesOf(meter, from, to);
    for (let i = 0; i < frames.length; i += 500) await writer.write(frames.slice(i, i + 500));
  }
}

const SPAN = ['--from', '2026-03-05', '--to', '2026-03-31'];

interface ShownAlert {
  readonly rule: string;
  readonly subject: string;
  readonly device: string | null;
  readonly openedAt: string;
  readonly clearedAt: string | null;
  readonly severity: string;
}

const line = ({ rule, device, subject, openedAt, clearedAt, severity }: ShownAlert) =>
  [rule, device ?? subject, openedAt.slice(5, 16), clearedAt?.slice(5, 16) ?? 'open', severity].join(' ');

/** Times are UTC; Paris is an hour later, from 29 March on two. */
const WOULD_HAVE_RAISED = [
  'silent cellar 02-11T17:00 open warning',
  'leak school 03-08T23:00 03-10T00:00 critical',
  'leak bakery 03-13T00:00 03-14T21:00 warning',
  'silent school 03-20T17:00 03-21T09:00 warning',
  'silent town hall 03-20T17:00 03-21T03:00 warning',
  'silent-street rue du Bac 03-20T17:00 03-21T09:00 warning',
  'leak school 03-27T23:00 open warning',
];

async function rulesFiles(endings: { push(end: () => Promise<unknown>): unknown }) {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-rules-'));
  endings.push(() => rm(folder, { recursive: true }));
  return async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };
}

describe('a file of rules on the command line', () => {
  const endings = endingsAfterEach();

  it('is told in words where it is right, in English and in French', async () => {
    const file = await (await rulesFiles(endings))('city.yaml', LEAK);
    const english = await veilleurSays(['rules', 'check', file], { LANG: 'C' });
    expect(english).toContain(
      'Water index never stands still for 1 d: the least flow between two readings is above 0.001 m³/h',
    );
    expect(english).toContain('critical beyond 0.05 m³/h');
    expect(english).toContain('2 devices of one street or more have an alert of silent');
    const french = await veilleurSays(['rules', 'check', file], { LANG: 'fr_FR.UTF-8' });
    expect(french).toContain('3 règles, toutes justes :');
    expect(french).toContain('est au-dessus de 0,001 m³/h');
    expect(JSON.parse(await veilleurSays(['rules', 'check', file, '--json']))).toMatchObject({
      rules: [{ name: 'leak', over: 86_400_000 }, { name: 'silent' }, { name: 'silent-street' }],
      problems: [],
    });
  });

  it('is told all that is wrong with it, line by line, with what is allowed', async () => {
    const wrong = LEAK.replace('over: 24h', 'ovr: 24h').replace('severity: critical', 'severity: terrible');
    const file = await (await rulesFiles(endings))('city.yaml', wrong);
    const { status, stdout } = await runVeilleur(['rules', 'check', file], { LANG: 'C' });
    expect(status).toBe(1);
    expect(stdout).toContain('city.yaml:6:3: "ovr" is not known here; did you mean over?');
    expect(stdout).toMatch(/city\.yaml:9:\d+: .*terrible.*\n.*info, warning, critical/);
    const refused = await runVeilleur(['rules', 'backtest', file], { DATABASE_URL: 'postgres://nowhere' });
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('city.yaml:2:3: over is missing'),
    });
    const absent = await runVeilleur(['rules', 'check', `${file}.not`]);
    expect(absent).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be read') });
  });

  it('has templates, quantities and a schema to be written from', async () => {
    expect(await veilleurSays(['rules', 'templates'])).toMatch(/water-leak +continuous_flow/);
    const template = await veilleurSays(['rules', 'templates', 'water-leak'], { LANG: 'C' });
    const example = template.split('\n').filter((one) => /^ {2}- | {4}\w+:/.test(one));
    const file = await (await rulesFiles(endings))('example.yaml', example.join('\n'));
    expect((await runVeilleur(['rules', 'check', file])).status, example.join('\n')).toBe(0);
    expect(await runVeilleur(['rules', 'templates', 'water'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('water-leak-night'),
    });
    expect(await veilleurSays(['rules', 'quantities'], { LANG: 'fr' })).toMatch(
      /water_volume +m3 +index +Index eau/,
    );
    expect(JSON.parse(await veilleurSays(['rules', 'schema']))).toMatchObject({ type: 'array' });
  });
});

describeOnEachEngine('rules over stored history', (engine) => {
  const endings = endingsAfterEach();

  async function street() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    await tell(database.pool, '2026-02-10 00:00', '2026-04-04 00:00');
    const write = await rulesFiles(endings);
    const environment = { DATABASE_URL: database.url, LANG: 'C', USER: 'Anne Keller' };
    const json = async (args: readonly string[]) =>
      JSON.parse(await veilleurSays([...args, '--json'], environment)) as {
        readonly alerts: ShownAlert[];
        readonly [name: string]: unknown;
      };
    return { ...database, write, environment, json };
  }

  it('a backtest shows what would have been raised, when, how long, and how many at night', async () => {
    const { write, environment, json } = await street();
    const file = await write('city.yaml', LEAK);
    const report = await json(['rules', 'backtest', file, ...SPAN]);
    expect(report.alerts.map(line)).toEqual(WOULD_HAVE_RAISED);
    expect(report).toMatchObject({
      from: '2026-03-04T23:00:00.000Z',
      to: '2026-03-30T22:00:00.000Z',
      timeZone: 'Europe/Paris',
      devices: 4,
      total: { alerts: 7, openBefore: 1, openAfter: 2, atNight: 3 },
      rules: [
        { rule: 'leak', alerts: 3, subjects: 2, atNight: 3, longestMs: 45 * HOUR_MS },
        { rule: 'silent', alerts: 3, subjects: 3 },
        { rule: 'silent-street', alerts: 1, subjects: 1 },
      ],
      difference: null,
    });
    const text = await veilleurSays(['rules', 'backtest', file, ...SPAN], environment);
    expect(text).toContain('From 2026-03-05 00:00 to 2026-03-31 00:00 (Europe/Paris), over 4 devices:');
    const leaks = text.split('\n').filter((one) => one.startsWith('leak '));
    expect(leaks.map((one) => one.split(/ {2,}/))).toEqual([
      ['leak', '3', '3', '2', '0', '1', '1 d 21 h', '1 d 21 h'],
      // The 5th to the 30th of March, a mark a day.
      ['leak', '····1░··1█·············1██'],
    ]);
  });

  it('a backtest is of some devices, a rule, a time', async () => {
    const { write, environment, json } = await street();
    const file = await write('city.yaml', LEAK);
    const some = await json(['rules', 'backtest', file, ...SPAN, '--device', 'bakery', '--rule', 'leak']);
    expect(some.alerts.map(line)).toEqual([WOULD_HAVE_RAISED[2]]);
    const none = await runVeilleur(['rules', 'backtest', file, ...SPAN, '--site', 'nowhere'], environment);
    expect(none).toMatchObject({ status: 1, stdout: expect.stringContaining('choose none of the devices') });
    const backwards = ['rules', 'backtest', file, '--from', '2026-03-05', '--to', '2026-03-01'];
    expect(await runVeilleur(backwards, environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('ends before it begins'),
    });
    expect(await runVeilleur(['rules', 'backtest', file, '--rule', 'leek'], environment)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('It has: leak, silent'),
    });
  });

  it('another version of a rule is compared: what is added, gone, changed', async () => {
    const { write, environment, json } = await street();
    const before = await write('before.yaml', LEAK);
    const later = LEAK.replace('over: 24h', 'over: 36h').replace('after: 12h', 'after: 25h');
    const after = await write('after.yaml', later.replace('above: 0.001', 'above: 0.015'));
    const { difference } = await json(['rules', 'backtest', after, ...SPAN, '--against', before]);
    const { added, gone, changed, unchanged } = difference as {
      readonly added: ShownAlert[];
      readonly gone: ShownAlert[];
      readonly changed: { readonly before: ShownAlert; readonly after: ShownAlert }[];
      readonly unchanged: number;
    };
    expect(added).toEqual([]);
    expect(gone.map(line)).toEqual([WOULD_HAVE_RAISED[4], WOULD_HAVE_RAISED[5]]);
    expect(changed.map((one) => line(one.after))).toEqual([
      'silent cellar 02-12T06:00 open warning',
      'leak school 03-09T11:00 03-10T00:00 critical',
      'leak bakery 03-13T12:00 03-14T21:00 warning',
      'silent school 03-21T06:00 03-21T09:00 warning',
      'leak school 03-28T11:00 open warning',
    ]);
    expect(unchanged).toBe(0);
    const text = await veilleurSays(['rules', 'backtest', after, ...SPAN, '--against', before], environment);
    expect(text).toContain('0 alerts added, 2 gone, 5 changed, 0 as they are');
  });

  it('the live engine, told the same as it came, late and out of order, has raised the same', async () => {
    const { write, environment, json, pool } = await street();
    const file = await write('city.yaml', LEAK);
    const devices = LEAK.slice(0, LEAK.indexOf('- name: silent-street'));
    const live = await freshDatabase(engine);
    endings.push(() => live.drop());
    const start = paris('2026-02-10 00:00');
    await putRulesOf(live.pool, devices, start);
    const clock = { now: start };
    const alerting = await startAlertingUnderTest(live.url, () => clock.now);
    endings.push(() => alerting.stop());
    const end = paris('2026-03-31 00:00');
    const frames = METERS.flatMap((meter) => framesOf(meter, '2026-02-10 00:00', '2026-03-31 00:00'))
      .map((entry, i) => {
        const late = i % 7 === 0 ? 30 * HOUR_MS : 0;
        return { entry, arrival: new Date(Math.min(entry.received.at.getTime() + late, end.getTime())) };
      })
      .toSorted((a, b) => a.arrival.getTime() - b.arrival.getTime());
    const writer = new Writer(live.pool);
    for (let i = 0; i < frames.length; i += 200) {
      const some = frames.slice(i, i + 200);
      const last = some.at(-1);
      if (last === undefined) break;
      clock.now = last.arrival;
      await writer.write(some.map(({ entry }) => entry));
      await alerting.settled();
    }
    clock.now = end;
    await alerting.settled();
    const found = JSON.parse(
      await veilleurSays(['alerts', 'list', '--since', '2026-03-04T23:00:00Z', '--json'], {
        ...environment,
        DATABASE_URL: live.url,
      }),
    ) as { readonly alerts: (ShownAlert & { readonly state: string })[] };
    const kept = found.alerts.filter(({ state }) => state !== 'withdrawn').map(line);
    expect(kept.sort()).toEqual(WOULD_HAVE_RAISED.filter((one) => !one.startsWith('silent-street')).sort());
    const report = await json(['rules', 'backtest', file, ...SPAN]);
    expect(
      report.alerts
        .map(line)
        .filter((one) => !one.startsWith('silent-street'))
        .sort(),
    ).toEqual(kept);
    expect((await pool.query('select from alert')).rowCount, 'a backtest writes nothing').toBe(0);
  });
});

describeOnEachEngine('rules put in force', (engine) => {
  const endings = endingsAfterEach();

  it('are shown with what they change, and written only when somebody says so', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const environment = { DATABASE_URL: database.url, LANG: 'C', USER: 'Anne Keller' };
    const now = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const writer = new Writer(database.pool);
    await writer.write(
      Array.from({ length: 240 }, (_, i) => {
        const at = new Date(now - (240 - i) * HOUR_MS);
        return frameOf('70b3d5e75e000001', i + 1, [{ at, value: 100 + i * 0.02 }], at);
      }),
    );
    const write = await rulesFiles(endings);
    const file = await write('city.yaml', LEAK);

    const asked = await runVeilleur(['rules', 'load', file], environment);
    expect(asked).toMatchObject({ status: 1, stdout: expect.stringContaining('Nothing was written') });
    expect(asked.stdout).toContain('1 alerts added, 0 gone, 0 changed, 0 as they are');
    expect(await veilleurSays(['rules', 'list'], environment)).toContain('No rule is in force');

    const loaded = await veilleurSays(['rules', 'load', file, '--yes'], environment);
    expect(loaded).toContain('leak, silent, silent-street (new)');
    expect(await veilleurSays(['rules', 'list'], environment)).toMatch(
      /leak +continuous_flow +warning +0 +[\d-]+ [\d:]+ +Anne Keller +Water never stops/,
    );
    expect(await veilleurSays(['rules', 'load', file], environment)).toContain('Nothing to do');

    const stricter = await write(
      'stricter.yaml',
      LEAK.slice(0, LEAK.indexOf('- name: silent')).replace('above: 0.001', 'above: 0.03'),
    );
    const changed = JSON.parse(
      await veilleurSays(['rules', 'load', stricter, '--yes', '--by', 'Jean', '--json'], environment),
    ) as object;
    expect(changed).toMatchObject({
      put: { added: [], changed: ['leak'], removed: ['silent', 'silent-street'] },
      backtest: { difference: { added: [], gone: [{ rule: 'leak' }], changed: [] } },
    });
    const { rows } = await database.pool.query(
      `select name, recorded_by as by, definition is null as out, superseded_at is not null as past
       from rule order by id`,
    );
    expect(rows).toEqual([
      { name: 'leak', by: 'Anne Keller', out: false, past: true },
      { name: 'silent', by: 'Anne Keller', out: false, past: true },
      { name: 'silent-street', by: 'Anne Keller', out: false, past: true },
      { name: 'leak', by: 'Jean', out: false, past: false },
      { name: 'silent', by: 'Jean', out: true, past: false },
      { name: 'silent-street', by: 'Jean', out: true, past: false },
    ]);
  });
});
