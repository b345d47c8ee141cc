import { Writer } from '@veilleur/store';
import { expect, it } from 'vitest';
import { alertsOf, putRulesOf, startAlertingUnderTest } from '../support/alerting.ts';
import { until } from '../support/bridge-under-test.ts';
import { frameOf } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const at = (local: string) => new Date(`2026-${local.replace(' ', 'T')}:00Z`);
const devEuiOf = (i: number) => `70b3d5e75e0000${i.toString(16).padStart(2, '0')}`;

const RULES = `
- { name: hot, title: { en: Hot, fr: Chaud }, kind: value, quantity: temperature, above: 30 }
- { name: silent, title: { en: Silent, fr: Muet }, kind: absence, after: 3h }
`;

describeOnEachEngine('what stops one rule, or one device', (engine) => {
  const endings = endingsAfterEach();

  async function place(rules: string) {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool, url } = database;
    await putRulesOf(pool, rules, at('01-01 00:00'));
    const clock = { now: at('03-01 00:00') };
    const writer = new Writer(pool);
    let fCnt = 0;
    const start = () => startAlertingUnderTest(url, () => clock.now, { partitions: 1 });
    let service = await start();
    endings.push(() => service.stop());
    return {
      pool,
      clock,
      settled: () => service.settled(),
      startAgain: async () => {
        await service.stop();
        service = await start();
        await service.settled();
      },
      tell: async (device: number, when: string, values: Readonly<Record<string, number>>) => {
        clock.now = at(when);
        const told = Object.entries(values).map(([quantity, value]) => ({ at: at(when), value, quantity }));
        fCnt += 1;
        await writer.write([frameOf(devEuiOf(device), fCnt, told as never, at(when))]);
      },
    };
  }

  it('an expression that divides by 0 says nothing, and stops no other', async () => {
    const { pool, clock, settled, startAgain, tell } = await place(`${RULES}
- { name: load, title: { en: Load, fr: Charge }, kind: expression, expression: int(active_power) / int(voltage) > 5 }
`);
    await tell(1, '03-01 01:00', { temperature: 20 });
    await tell(2, '03-01 01:00', { active_power: 2300, voltage: 230 });
    await settled();
    expect(await alertsOf(pool)).toEqual(['load 02 03-01 01:00 → open warning']);
    await tell(2, '03-01 02:00', { active_power: 0, voltage: 0, temperature: 35 });
    clock.now = at('03-01 04:30');
    await settled();
    const found = [
      'load 02 03-01 01:00 → open warning',
      'hot 02 03-01 02:00 → open warning',
      'silent 01 03-01 04:00 → open warning',
    ];
    expect(await alertsOf(pool)).toEqual(found);
    await startAgain();
    expect(await alertsOf(pool)).toEqual(found);
  });

  it('a device of a place without a time is set aside and named, and evaluated from there on when it has one', async () => {
    const { pool, clock, settled, startAgain, tell } = await place(
      RULES.replace('above: 30', `above: 30, when: { between: ['00:00', '23:59'] }`),
    );
    for (const i of [1, 2, 3]) await tell(i, '03-01 01:00', { temperature: 20 });
    await settled();
    // As a restored dump of another system may hold it.
    await pool.query(`
      with there as (insert into site (code, kind, name, time_zone) values ('mars', 'building', 'Mars', 'Mars/Olympus') returning id),
        point as (insert into metering_point (code, kind, quantity_id, site_id) select 'p', 'own', 1, id from there)
      update device set metering_point = 'p' where dev_eui = '${devEuiOf(2)}'`);
    await startAgain();
    await tell(1, '03-01 02:00', { temperature: 35 });
    await tell(2, '03-01 02:00', { temperature: 35 });
    clock.now = at('03-01 04:30');
    await settled();
    const others = ['hot 01 03-01 02:00 → open warning', 'silent 03 03-01 04:00 → open warning'];
    expect(await alertsOf(pool)).toEqual(others);
    await pool.query(`update site set time_zone = 'Europe/Paris'`);
    clock.now = at('03-01 04:45');
    await settled();
    await until(
      async () => (await alertsOf(pool)).length === 3,
      20_000,
      () => 'the device that was set aside',
    );
    expect(await alertsOf(pool)).toEqual([others[0], 'hot 02 03-01 02:00 → open warning', others[1]]);
  });

  it('a site that cannot be evaluated holds no other up', async () => {
    const { pool, settled, tell } = await place(`
- { name: warm, title: { en: W, fr: C }, kind: site, values: { t: { quantity: temperature, aggregate: max } }, expression: t > 30.0, when: { between: ['00:00', '23:59'] } }
`);
    await pool.query(`
      with there as (
        insert into site (code, kind, name, time_zone)
          values ('a-mars', 'building', 'Mars', 'Mars/Olympus'), ('b-hall', 'building', 'Hall', null) returning id, code
      ), point as (
        insert into metering_point (code, kind, quantity_id, site_id) select 'p-' || code, 'own', 1, id from there
      )
      insert into device (dev_eui, tags, metering_point)
        values ('${devEuiOf(1)}', '{}', 'p-a-mars'), ('${devEuiOf(2)}', '{}', 'p-b-hall')`);
    for (const i of [1, 2]) await tell(i, '03-01 01:00', { temperature: 35 });
    await settled();
    await until(
      async () => (await alertsOf(pool)).length > 0,
      20_000,
      () => 'the hall to be evaluated',
    );
    expect(await alertsOf(pool)).toEqual(['warm ll 03-01 01:00 → open warning']);
  });
});
