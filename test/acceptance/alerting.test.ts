import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acknowledgeAlert, assignAlert, type FrameEntry, Writer } from '@veilleur/store';
import { expect, it } from 'vitest';
import { alertsOf, putRulesOf, startAlertingUnderTest, stepsOf } from '../support/alerting.ts';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { frameOf, type ToldValue } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { writeProfile } from '../support/profiles.ts';
import { veilleurSays } from '../support/run-veilleur.ts';

const HOUR_MS = 3_600_000;
const at = (local: string) => new Date(`2026-${local.replace(' ', 'T')}:00Z`);
const devEuiOf = (i: number) => `70b3d5e75e0000${i.toString(16).padStart(2, '0')}`;

const HOT = `
- name: hot
  title: { en: Too hot, fr: Trop chaud }
  kind: value
  quantity: temperature
  above: 30
  clearBelow: 28
  worse: { beyond: 40, severity: critical }
  reopenWithin: 0s
`;
const SILENT = `
- name: silent
  title: { en: Silent, fr: Muet }
  kind: absence
  after: 3h
`;
const HOT_FOR_2H = HOT.replace('kind: value', 'kind: value\n  for: 2h').replace(
  'name: hot',
  'name: hot-for-2h',
);

const pulsesOf = (litres: number) => `function decodeUplink(input) {
  return { data: { litres: (input.bytes[0] * 256 + input.bytes[1]) * ${litres} } };
}`;

describeOnEachEngine('rules over what devices tell', (engine) => {
  const endings = endingsAfterEach();

  async function place(rules: string, now: string) {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool, url } = database;
    await putRulesOf(pool, rules, at('01-01 00:00'));
    const clock = { now: at(now) };
    const writer = new Writer(pool);
    let fCnt = 0;
    const frame = (device: number, values: readonly ToldValue[], receivedAt: Date): FrameEntry => {
      fCnt += 1;
      return frameOf(devEuiOf(device), fCnt, values, receivedAt);
    };
    let service = await startAlertingUnderTest(url, () => clock.now);
    endings.push(() => service.stop());
    return {
      pool,
      /** A frame with a temperature: measured and received then, unless it came later. */
      temperature: async (device: number, when: string, value: number, received = when) => {
        if (at(received) > clock.now) clock.now = at(received);
        await writer.write([frame(device, [{ at: at(when), value, quantity: 'temperature' }], at(received))]);
      },
      write: (entries: readonly FrameEntry[]) => writer.write(entries),
      frame,
      settled: () => service.settled(),
      rules: async (yaml: string) => {
        await putRulesOf(pool, yaml, clock.now);
        await service.service.lookAtRules();
      },
      passTo: async (when: string) => {
        clock.now = at(when);
        await service.settled();
      },
      stop: () => service.stop(),
      startAgain: async (when?: string) => {
        if (when !== undefined) clock.now = at(when);
        service = await startAlertingUnderTest(url, () => clock.now);
        await service.settled();
      },
    };
  }

  it('an alert is raised, worsens and clears, at the times of the measurements', async () => {
    const { pool, temperature, settled } = await place(HOT, '03-01 00:00');
    await temperature(1, '03-01 01:00', 25);
    await temperature(1, '03-01 02:00', 31);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot 01 03-01 02:00 → open warning']);
    await temperature(1, '03-01 03:00', 45);
    await temperature(1, '03-01 04:00', 29);
    await settled();
    expect(await alertsOf(pool), 'between the bounds it stays').toEqual([
      'hot 01 03-01 02:00 → open critical',
    ]);
    await temperature(1, '03-01 05:00', 20);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot 01 03-01 02:00 → 03-01 05:00 critical']);
    expect(await stepsOf(pool)).toEqual(['hot 01: raised, worsened, cleared']);
    const { rows } = await pool.query('select worst, worst_at from alert');
    expect(rows).toEqual([{ worst: 45, worst_at: at('03-01 03:00') }]);
  });

  it('an acknowledgement does not outlive what it was given for: worse, or open again, it wants to be seen anew', async () => {
    const { pool, temperature, settled } = await place(HOT.replace('0s', '3h'), '03-01 00:00');
    const states = async () => {
      const { rows } = await pool.query<{ state: string }>(
        "select coalesce(acknowledged_by, 'nobody') || ' ' || coalesce(assigned_to, 'nobody') as state from alert",
      );
      return rows.map(({ state }) => state);
    };
    const act = { by: 'Anne', now: at('03-01 03:00') };
    await temperature(1, '03-01 02:00', 31);
    await settled();
    await acknowledgeAlert(pool, 1, act);
    await assignAlert(pool, 1, 'équipe froid', act);
    await temperature(1, '03-01 03:00', 35);
    await settled();
    expect(await states(), 'as severe as before').toEqual(['Anne équipe froid']);
    await temperature(1, '03-01 04:00', 45);
    await settled();
    expect(await states()).toEqual(['nobody équipe froid']);

    await acknowledgeAlert(pool, 1, act);
    await temperature(1, '03-01 05:00', 20);
    await settled();
    expect(await states(), 'its end is no reason').toEqual(['Anne équipe froid']);
    await temperature(1, '03-01 06:00', 45);
    await settled();
    expect(await states()).toEqual(['nobody équipe froid']);
    expect(await stepsOf(pool)).toEqual([
      'hot 01: raised, acknowledged, assigned, worsened, unacknowledged (worsened), acknowledged, cleared, reopened, unacknowledged (reopened)',
    ]);
  });

  it('a measurement that comes late corrects or withdraws an alert, as of its own time', async () => {
    const { pool, temperature, settled } = await place(HOT, '03-01 00:00');
    await temperature(1, '03-01 04:00', 31);
    await temperature(1, '03-01 06:00', 20);
    await temperature(2, '03-01 06:00', 20);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot 01 03-01 04:00 → 03-01 06:00 warning']);
    await temperature(1, '03-01 03:00', 35, '03-01 07:00');
    await temperature(2, '03-01 02:00', 33, '03-01 07:00');
    await settled();
    expect(await alertsOf(pool)).toEqual([
      'hot 02 03-01 02:00 → 03-01 06:00 warning',
      'hot 01 03-01 03:00 → 03-01 06:00 warning',
    ]);
    expect(await stepsOf(pool)).toEqual(['hot 02: raised, cleared', 'hot 01: raised, cleared, corrected']);
    const { rows } = await pool.query(
      "select subject, known_at > opened_at + interval '4 hours' as late from alert order by subject",
    );
    expect(rows, 'that nobody could know then is told').toEqual([
      { subject: devEuiOf(1), late: false },
      { subject: devEuiOf(2), late: true },
    ]);
  });

  it('a condition must hold for its time: what comes late may show that it never did', async () => {
    const { pool, temperature, settled, passTo } = await place(HOT_FOR_2H, '03-01 00:00');
    for (const hour of ['01', '02', '03']) await temperature(1, `03-01 ${hour}:00`, 35);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot-for-2h 01 03-01 03:00 → open warning']);
    await temperature(1, '03-01 02:30', 20, '03-01 04:00');
    await passTo('03-01 04:30');
    expect(await alertsOf(pool)).toEqual(['hot-for-2h 01 03-01 03:00 → open withdrawn']);
    await temperature(1, '03-01 04:45', 35);
    await passTo('03-01 05:00');
    expect(await stepsOf(pool)).toEqual(['hot-for-2h 01: raised, withdrawn', 'hot-for-2h 01: raised']);
    expect((await alertsOf(pool))[1]).toBe('hot-for-2h 01 03-01 05:00 → open warning');
  });

  it('silence alone raises an alert, at its time; a frame that was only late withdraws it', async () => {
    const { pool, temperature, settled, passTo } = await place(SILENT, '03-01 00:00');
    await temperature(1, '03-01 01:00', 20);
    await temperature(2, '03-01 01:00', 20);
    await passTo('03-01 03:59');
    expect(await alertsOf(pool)).toEqual([]);
    await passTo('03-01 04:00');
    expect(await alertsOf(pool)).toEqual([
      'silent 01 03-01 04:00 → open warning',
      'silent 02 03-01 04:00 → open warning',
    ]);
    await temperature(1, '03-01 05:00', 20);
    await settled();
    await temperature(2, '03-01 02:00', 20);
    await settled();
    // Heard at two o'clock it may be silent until five.
    expect(await alertsOf(pool)).toEqual([
      'silent 01 03-01 04:00 → 03-01 05:00 warning',
      'silent 02 03-01 05:00 → open warning',
    ]);
    expect(await stepsOf(pool)).toEqual(['silent 01: raised, cleared', 'silent 02: raised, corrected']);
  });

  it('silence counts on while nobody watches: who starts again finds it, and raises nothing twice', async () => {
    const { pool, temperature, settled, stop, startAgain, passTo } = await place(SILENT, '03-01 00:00');
    await temperature(1, '03-01 01:00', 20);
    await temperature(2, '03-01 03:00', 20);
    await settled();
    await stop();
    await startAgain('03-01 05:00');
    expect(await alertsOf(pool)).toEqual(['silent 01 03-01 04:00 → open warning']);
    await stop();
    await startAgain('03-01 05:30');
    await passTo('03-01 06:00');
    expect(await alertsOf(pool)).toEqual([
      'silent 01 03-01 04:00 → open warning',
      'silent 02 03-01 06:00 → open warning',
    ]);
    await stop();
    // Away for weeks, with frames that came meanwhile.
    await temperature(1, '03-20 00:00', 20);
    await startAgain('03-21 00:00');
    expect(await alertsOf(pool)).toEqual([
      'silent 01 03-01 04:00 → 03-20 00:00 warning',
      'silent 02 03-01 06:00 → open warning',
      'silent 01 03-20 03:00 → open warning',
    ]);
    expect(await stepsOf(pool)).toEqual([
      'silent 01: raised, cleared',
      'silent 02: raised',
      'silent 01: raised',
    ]);
  });

  it('a restart in the middle of what must hold for its time changes nothing', async () => {
    const { pool, temperature, settled, stop, startAgain, passTo } = await place(HOT_FOR_2H, '03-01 00:00');
    await temperature(1, '03-01 01:00', 35);
    await temperature(1, '03-01 02:00', 38);
    await settled();
    await stop();
    await startAgain('03-01 02:30');
    await passTo('03-01 03:00');
    expect(await alertsOf(pool)).toEqual(['hot-for-2h 01 03-01 03:00 → open warning']);
    await stop();
    await startAgain();
    await temperature(1, '03-01 03:30', 37);
    await settled();
    await stop();
    await startAgain();
    await temperature(1, '03-01 04:00', 20);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot-for-2h 01 03-01 03:00 → 03-01 04:00 warning']);
    expect(await stepsOf(pool)).toEqual(['hot-for-2h 01: raised, cleared']);
    const { rows } = await pool.query('select worst, began_at as began from alert');
    expect(rows).toEqual([{ worst: 38, began: at('03-01 01:00') }]);
  });

  it('what lay committed while nobody watched is evaluated once, whoever read it first', async () => {
    const { pool, temperature, settled, stop, startAgain } = await place(HOT, '03-01 00:00');
    await temperature(1, '03-01 01:00', 20);
    await settled();
    await stop();
    await temperature(1, '03-01 02:00', 35);
    await temperature(1, '03-01 03:00', 20);
    await temperature(1, '02-20 00:00', 36, '03-01 03:30');
    await temperature(1, '02-20 01:00', 20, '03-01 03:31');
    await startAgain('03-01 04:00');
    await settled();
    expect(await alertsOf(pool)).toEqual([
      'hot 01 02-20 00:00 → 02-20 01:00 warning',
      'hot 01 03-01 02:00 → 03-01 03:00 warning',
    ]);
    expect(await stepsOf(pool)).toEqual(['hot 01: raised, cleared', 'hot 01: raised, cleared']);
  });

  it('years of history that come today are no news; a month of it is told as of then', async () => {
    const { pool, write, frame, temperature, settled } = await place(HOT, '03-01 00:00');
    await temperature(1, '03-01 00:00', 33);
    await settled();
    const start = at('03-01 00:00').getTime() - 800 * 24 * HOUR_MS;
    const months = Array.from({ length: 24 }, (_, month) =>
      Array.from({ length: 30 }, (_, day) => ({
        at: new Date(start + (month * 30 + day) * 24 * HOUR_MS),
        value: day === 10 ? 35 : 20,
        quantity: 'temperature' as const,
      })),
    );
    for (const month of months) await write([frame(1, month, at('03-01 00:00'))]);
    await settled();
    const today = 'hot 01 03-01 00:00 → open warning';
    expect(await alertsOf(pool)).toEqual([today]);
    const days = ['02-10', '02-11'].map((day, i) => ({
      at: at(`${day} 00:00`),
      value: i === 0 ? 36 : 20,
      quantity: 'temperature' as const,
    }));
    await write([frame(1, days, at('03-01 00:00'))]);
    await settled();
    expect(await alertsOf(pool)).toEqual(['hot 01 02-10 00:00 → 02-11 00:00 warning', today]);
    const { rows } = await pool.query('select known_at as known from alert order by opened_at');
    expect(rows, 'known today').toEqual([{ known: at('03-01 00:00') }, { known: at('03-01 00:00') }]);
  });

  it('a rule that is taken out takes its open alerts with it; one that chooses others, those of the rest', async () => {
    const { pool, temperature, settled, rules, passTo } = await place(`${HOT}\n${SILENT}`, '03-01 00:00');
    await temperature(1, '03-01 01:00', 35);
    await temperature(2, '03-01 01:00', 35);
    await settled();
    await passTo('03-01 02:00');
    await rules(HOT.replace('kind: value', `kind: value\n  select: { devices: [${devEuiOf(1)}] }`));
    await passTo('03-01 05:00');
    await expect
      .poll(() => stepsOf(pool), { timeout: 10_000 })
      .toEqual(['hot 01: raised', 'hot 02: raised, cleared (not_selected)']);
    await rules(SILENT);
    await expect
      .poll(() => stepsOf(pool), { timeout: 10_000 })
      .toEqual([
        'hot 01: raised, cleared (rule_removed)',
        'hot 02: raised, cleared (not_selected)',
        'silent 01: raised',
        'silent 02: raised',
      ]);
    await rules(HOT);
    await expect
      .poll(() => stepsOf(pool), { timeout: 10_000 })
      .toEqual([
        'hot 01: raised, cleared (rule_removed), reopened',
        'hot 02: raised, cleared (not_selected), reopened',
        'silent 01: raised, cleared (rule_removed)',
        'silent 02: raised, cleared (rule_removed)',
      ]);
  });

  it('an uplink that a broker brings raises an alert; a decoder that was wrong is corrected, and it never was', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const profiles = await mkdtemp(join(tmpdir(), 'veilleur-profiles-'));
    endings.push(() => rm(profiles, { recursive: true }));
    await writeProfile(profiles, pulsesOf(10));
    await putRulesOf(
      database.pool,
      `[{ name: much, title: { en: Much, fr: Beaucoup }, kind: value, quantity: water_volume, above: 1,
          select: { media: [water] } }]`,
    );
    const alerting = await startAlertingUnderTest(database.url, () => at('02-06 00:00'));
    endings.push(() => alerting.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());
    await publishAll(
      broker.url,
      Array.from({ length: 120 }, (_, hour) =>
        chirpStackV4Uplink({
          devEui: devEuiOf(1),
          fCnt: hour,
          hex: hour.toString(16).padStart(4, '0'),
          profile: 'acme/drip',
        }),
      ),
    );
    await bridge.settled(120);
    await alerting.settled();
    expect(await alertsOf(database.pool)).toEqual(['much 01 02-05 05:00 → open warning']);

    await writeProfile(profiles, pulsesOf(1));
    await veilleurSays(['redecode', '--profile', 'acme/drip', '--apply', '--json'], {
      DATABASE_URL: database.url,
      PROFILES_FOLDER: profiles,
    });
    await alerting.settled();
    expect(await alertsOf(database.pool)).toEqual(['much 01 02-05 05:00 → open withdrawn']);
    expect(await stepsOf(database.pool)).toEqual(['much 01: raised, withdrawn']);

    await writeProfile(profiles, pulsesOf(20));
    await veilleurSays(['redecode', '--profile', 'acme/drip', '--apply', '--json'], {
      DATABASE_URL: database.url,
      PROFILES_FOLDER: profiles,
    });
    await alerting.settled();
    expect(await alertsOf(database.pool)).toEqual([
      'much 01 02-03 03:00 → open warning',
      'much 01 02-05 05:00 → open withdrawn',
    ]);
  });
});
