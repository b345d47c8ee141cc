import {
  dirtyFigures,
  findPoint,
  findSite,
  installationsOf,
  listPoints,
  type PointRecord,
  recordPoints,
  recordSites,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const NOW = new Date('2026-03-05T00:00:00Z');
const BECAUSE = { reason: 'a list of the waterworks', now: NOW };
const devEuiOf = (n: number) => `70b3d5e75e${n.toString(16).padStart(6, '0')}`;
const pointOf = (n: number, more: Partial<PointRecord> = {}): PointRecord => ({
  code: `W-${n}`,
  kind: 'water_contract',
  quantity: 'water_volume',
  installations: [terms(devEuiOf(n))],
  ...more,
});

describeOnEachEngine('many metering points at once', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database.pool;
  }

  it('are there with sites, parents and devices within seconds, and once however often they are listed', async () => {
    const pool = await place();
    const sites = [
      { code: 'city', name: 'City', kind: 'city' as const, timeZone: 'Europe/Paris' },
      { code: 'home', name: 'Home', kind: 'household' as const, parent: 'city', attributes: { persons: 3 } },
    ];
    const points = [
      pointOf(0, { site: 'city', kind: 'own' }),
      ...Array.from({ length: 5000 }, (_, n) => pointOf(n + 1, { parent: 'W-0', site: 'home' })),
    ];
    const startMs = performance.now();
    await recordSites(pool, sites);
    expect(await recordPoints(pool, points, BECAUSE)).toBe(5001);
    expect(performance.now() - startMs).toBeLessThan(30_000);
    await recordSites(pool, sites);
    expect(await recordPoints(pool, points, BECAUSE)).toBe(0);

    expect(await findPoint(pool, 'W-4711')).toMatchObject({
      kind: 'water_contract',
      site: 'home',
      parent: 'W-0',
      timeZone: 'Europe/Paris',
      devices: [devEuiOf(4711)],
    });
    expect(await findSite(pool, 'home')).toMatchObject({
      parent: 'city',
      attributes: { persons: 3 },
      points: 5000,
    });
    const { id } = await findPoint(pool, 'W-4711');
    expect(await installationsOf(pool, id)).toHaveLength(1);
    // Nothing is known of them yet: there is nothing to settle.
    expect(await dirtyFigures(pool)).toMatchObject({ points: 0 });
  });

  it('with devices that have spoken already are settled from their first reading on', async () => {
    const pool = await place();
    const bench = new Workbench(pool, NOW);
    await bench.tell(
      devEuiOf(1),
      hourly(paris('2026-03-01 00:00'), 48, () => 0.01),
      'at once',
    );
    const swapAt = paris('2026-03-02 00:00');
    const swapped = pointOf(1, {
      installations: [
        terms(devEuiOf(1), { to: swapAt, endIndex: 100_240_000 }),
        terms(devEuiOf(2), { from: swapAt, startIndex: 0 }),
      ],
    });
    await recordPoints(pool, [swapped], BECAUSE);
    await bench.tell(
      devEuiOf(2),
      hourly(swapAt, 24, () => 0.02, 0),
      'at once',
    );
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', '2026-03-01 00:00', '2026-03-03 00:00')).toEqual([
      '2026-03-01 00:00 0.24 measured',
      '2026-03-02 00:00 0.48 measured',
    ]);
  });

  it('are refused where a device would stand at two places, or something is a part of nothing', async () => {
    const pool = await place();
    await expect(
      recordPoints(pool, [pointOf(1), pointOf(2, { installations: [terms(devEuiOf(1))] })], BECAUSE),
    ).rejects.toMatchObject({ code: 'installation_overlaps' });
    await expect(recordPoints(pool, [pointOf(1, { parent: 'none' })], BECAUSE)).rejects.toMatchObject({
      code: 'point_not_found',
    });
    await expect(recordPoints(pool, [pointOf(1, { site: 'none' })], BECAUSE)).rejects.toMatchObject({
      code: 'site_not_found',
    });
    await expect(
      recordSites(pool, [{ code: 'home', name: 'Home', kind: 'household', parent: 'none' }]),
    ).rejects.toMatchObject({ code: 'site_not_found' });
    // All of a list or nothing of it.
    expect(await listPoints(pool)).toEqual([]);
  });
});
