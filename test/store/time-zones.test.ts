import {
  addPoint,
  balanceOfPoint,
  findPoint,
  findSite,
  listPoints,
  listSites,
  putSite,
  recordPoints,
  recordSites,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const SCHOOL = { code: 'school', name: 'School', kind: 'district' } as const;
const WATER = { code: 'W-1', kind: 'water_contract', quantity: 'water_volume' } as const;
const MARCH = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') };
const BECAUSE = { reason: 'a list', now: MARCH.to };

describeOnEachEngine('a time zone that is none', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database.pool;
  }

  it.each(['Europe/Pariss', '+02:00', 'IST'])('%s is stored of no site and no point', async (timeZone) => {
    const pool = await place();
    const refused = { code: 'zone_unknown', message: expect.stringContaining(timeZone) };
    const adding = [
      putSite(pool, { ...SCHOOL, timeZone }),
      recordSites(pool, [SCHOOL, { ...SCHOOL, code: 'annex', timeZone }]),
      addPoint(pool, { ...WATER, timeZone }),
      recordPoints(pool, [{ ...WATER, timeZone, installations: [] }], BECAUSE),
    ];
    for (const one of adding) await expect(one).rejects.toMatchObject(refused);
    expect(await listSites(pool)).toEqual([]);
    expect(await listPoints(pool)).toEqual([]);
  });

  it('that was stored before it was refused is named, with what to do, until it is said anew', async () => {
    const pool = await place();
    await putSite(pool, { ...SCHOOL, timeZone: 'Europe/Paris' });
    await addPoint(pool, { ...WATER, site: 'school' });
    await pool.query("update site set time_zone = 'Europe/Pariss'");
    const named = (place: string) => ({
      code: 'zone_unknown',
      message: `"Europe/Pariss", of the ${place}, is not a time zone`,
      remedy: expect.stringContaining('veilleur site add'),
    });
    const month = { ...MARCH, bucket: 'month', timeZone: 'Europe/Paris' } as const;
    await expect(findSite(pool, 'school')).rejects.toMatchObject(named('site school'));
    await expect(findPoint(pool, 'W-1')).rejects.toMatchObject(named('metering point W-1'));
    await expect(balanceOfPoint(pool, 'W-1', month)).rejects.toMatchObject(named('metering point W-1'));
    expect((await listSites(pool))[0]?.timeZone).toBe('Europe/Pariss');

    await putSite(pool, { code: 'school', timeZone: 'Indian/Reunion' });
    expect((await findPoint(pool, 'W-1')).timeZone).toBe('Indian/Reunion');
    expect(await findSite(pool, 'school'), 'what was not said stays').toMatchObject(SCHOOL);
  });
});
