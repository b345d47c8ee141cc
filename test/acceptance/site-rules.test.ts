import { type FrameEntry, type Pool, Writer, waitingSites } from '@veilleur/store';
import { expect, it } from 'vitest';
import { alertsOf, putRulesOf, startAlertingUnderTest, stepsOf } from '../support/alerting.ts';
import { until } from '../support/bridge-under-test.ts';
import { frameOf } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const at = (local: string) => new Date(`2026-${local.replace(' ', 'T')}:00Z`);
const devEuiOf = (i: number) => `70b3d5e75e0000${i.toString(16).padStart(2, '0')}`;
const [HEAT, NORTH, SOUTH] = [1, 2, 3];

const OPEN = `
- name: open
  title: { en: Heated with windows open, fr: Chauffé fenêtres ouvertes }
  kind: site
  values:
    heat: { quantity: thermal_power, select: { tags: { role: heat } } }
    open: { quantity: digital_input, aggregate: count, above: 0.5, select: { tags: { role: window } } }
  expression: heat > 1000.0 && open >= 1.0
  for: 30min
  reopenWithin: 0s
`;

/** A heat meter and two contacts in rooms of a school; two partitions share them out. */
async function addSchool(pool: Pool): Promise<void> {
  await pool.query(`
    with school as (
      insert into site (code, name, kind) values ('school', 'School', 'building') returning id
    ), rooms as (
      insert into site (code, name, kind, parent_id)
      select 'room-' || i, 'Room', 'household', id from school, generate_series(1, 3) i returning id, code
    ), points as (
      insert into metering_point (code, kind, quantity_id, site_id)
      select 'point-' || r.code, 'own', 1, r.id from rooms r returning code
    ) select from points`);
  for (const [i, role] of [
    [HEAT, 'heat'],
    [NORTH, 'window'],
    [SOUTH, 'window'],
  ] as const) {
    await pool.query('insert into device (dev_eui, tags, metering_point) values ($1, $2, $3)', [
      devEuiOf(i),
      { role },
      `point-room-${i}`,
    ]);
  }
}

describeOnEachEngine('a rule over the devices of a building', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool, url } = database;
    await addSchool(pool);
    await putRulesOf(pool, OPEN, at('01-01 00:00'));
    const clock = { now: at('03-01 00:00') };
    const writer = new Writer(pool);
    let fCnt = 0;
    const start = () => startAlertingUnderTest(url, () => clock.now, { partitions: 2 });
    let service = await start();
    endings.push(() => service.stop());
    const settled = async () => {
      await service.settled();
      await until(
        async () => (await waitingSites(pool, clock.now)) === 0,
        20_000,
        () => 'the sites to be evaluated',
      );
    };
    return {
      pool,
      tell: async (device: number, when: string, value: number, received = when) => {
        if (at(received) > clock.now) clock.now = at(received);
        fCnt += 1;
        const quantity = device === HEAT ? 'thermal_power' : 'digital_input';
        const entry: FrameEntry = frameOf(
          devEuiOf(device),
          fCnt,
          [{ at: at(when), value, quantity }],
          at(received),
        );
        await writer.write([entry]);
      },
      passTo: async (when: string) => {
        clock.now = at(when);
        await settled();
      },
      settled,
      stop: () => service.stop(),
      startAgain: async () => {
        service = await start();
        await settled();
      },
      rules: async (yaml: string) => {
        await putRulesOf(pool, yaml, clock.now);
        await service.service.lookAtRules();
      },
    };
  }

  it('is raised by what no device alone tells, goes on after a restart, and is corrected by what comes late', async () => {
    const { pool, tell, passTo, settled, stop, startAgain, rules } = await place();
    await tell(HEAT, '03-01 01:00', 5000);
    await tell(NORTH, '03-01 01:05', 0);
    await tell(SOUTH, '03-01 01:10', 1);
    await settled();
    expect(await alertsOf(pool), 'not for half an hour yet').toEqual([]);
    await stop();
    await startAgain();
    await passTo('03-01 01:45');
    expect(await alertsOf(pool)).toEqual(['open ol 03-01 01:40 → open warning']);
    await tell(SOUTH, '03-01 02:00', 0);
    await settled();
    expect(await alertsOf(pool)).toEqual(['open ol 03-01 01:40 → 03-01 02:00 warning']);

    await tell(NORTH, '03-01 01:06', 1, '03-01 03:00');
    await settled();
    expect(await alertsOf(pool), 'the other window was open before, and still is').toEqual([
      'open ol 03-01 01:40 → open warning',
    ]);
    await tell(HEAT, '03-01 01:30', 200, '03-01 03:10');
    await settled();
    expect(await alertsOf(pool), 'the heat was off when it was to open').toEqual([
      'open ol 03-01 01:40 → open withdrawn',
    ]);

    await tell(HEAT, '03-01 03:20', 5000);
    await passTo('03-01 04:00');
    expect((await alertsOf(pool)).at(-1)).toBe('open ol 03-01 03:50 → open warning');
    await rules(OPEN.replace('role: window', 'role: door'));
    await until(
      async () => (await alertsOf(pool)).at(-1) === 'open ol 03-01 03:50 → 03-01 04:00 warning',
      20_000,
      () => 'the rule to speak of the building no more',
    );
    expect(await stepsOf(pool)).toEqual([
      'open ol: raised, cleared, reopened, withdrawn',
      'open ol: raised, cleared (not_selected)',
    ]);
  });
});
