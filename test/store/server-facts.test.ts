import { clockSkew, serverSettings, storedSizes } from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

describeOnEachEngine('what a server tells of itself', (engine) => {
  const endings = endingsAfterEach();
  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database;
  }

  it('is its settings, and by how much its clock is ahead', async () => {
    const { pool } = await place();
    const settings = await serverSettings(pool);
    expect(settings).toMatchObject({ fullPageWrites: true, autovacuum: true });
    expect(settings.connections).toBeGreaterThan(0);
    expect(settings.maxConnections).toBeGreaterThan(settings.connections);
    expect(settings.sharedBuffersBytes).toBeGreaterThan(1e6);
    expect(settings.dataDirectory).toMatch(/^\//);
    const here = await clockSkew(pool);
    expect(Math.abs(here.aheadMs)).toBeLessThan(1000 + here.uncertaintyMs);
    const late = await clockSkew(pool, () => Date.now() - 90_000);
    expect(Math.abs(late.aheadMs - 90_000)).toBeLessThan(1000 + late.uncertaintyMs);
  });

  it('is what is stored, part by part; the doctor tells it', async () => {
    const { url, pool } = await place();
    const before = await storedSizes(pool);
    expect(before).toMatchObject({ since: null, databaseBytes: expect.any(Number) });
    expect(before.tables.every(({ parts }) => parts.length === 0)).toBe(true);
    await new Workbench(pool, new Date()).tell(
      '70b3d5e75e000001',
      hourly(paris('2026-02-20 00:00'), 24 * 12, () => 1).filter((_, i) => i % 24 === 0),
    );
    const { tables, since } = await storedSizes(pool);
    expect(since).toBeInstanceOf(Date);
    const parts = tables.find(({ table }) => table === 'measurement')?.parts ?? [];
    expect(parts.length).toBeGreaterThan(1);
    for (const { from, to, bytes } of parts) {
      expect(to.getTime()).toBeGreaterThan(from.getTime());
      expect(bytes).toBeGreaterThan(8000);
    }
    const { stdout } = await runVeilleur(['doctor', '--json', '--listen', '0s'], {
      DATABASE_URL: url,
      MQTT_URL: '',
    });
    const findings: { check: string; verdict: string; finding: string }[] = JSON.parse(stdout).findings;
    const of = (check: string) => findings.filter((one) => one.check === check);
    expect(of('clock')).toMatchObject([{ verdict: 'good' }]);
    expect(of('storage')).toMatchObject([
      { verdict: 'good', finding: expect.stringMatching(/measurement .* in \d parts/) },
    ]);
    expect(of('database').map(({ finding }) => finding)).toContainEqual(
      expect.stringContaining('connections are in use'),
    );
  });
});
