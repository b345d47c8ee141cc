import { expect, it } from 'vitest';
import { type RecordedEvent, readTrace } from '../../services/cli/src/recorded-trace.ts';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { realData } from '../support/repository.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const trace = realData('campusiot/saint-eynard-chirpstack-v3.ndjson.gz');
const isUplink = ({ payload }: RecordedEvent) => 'fCnt' in JSON.parse(payload);

describeOnEachEngine('the ledger of a real device near Grenoble', (engine) => {
  it.skipIf(trace === null)('finds each uplink that was lost after the server, and no other', async () => {
    const file = trace ?? '';
    const events = await Array.fromAsync(readTrace(file));
    // Thirty in a row, as an outage takes them, and every hundredth.
    const lost = (i: number) => (i > 3000 && i <= 3030) || i % 100 === 99;
    const delivered = events.filter((_, i) => !lost(i));
    const lostUplinks = events.filter((event, i) => lost(i) && isUplink(event)).length;
    const database = await freshDatabase(engine);
    const broker = await startAedes();
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    try {
      await publishAll(broker.url, delivered);
      await bridge.settled(delivered.length);
      const before = await ledger(database.url);
      const { totals, deliveredAgain } = await ledger(database.url, '--lns-record', file);
      expect(totals.counters).toBe(before.totals.counters);
      expect(totals.counters).toBe(Object.values(totals.states).reduce((sum, count) => sum + count, 0));
      // fCnt 11641 came twice, 10 ms apart.
      expect(deliveredAgain).toBe(1);
      // The gaps are the same, explained: but for hours of silence, in which the recorder may have been off.
      expect(before.totals.states).toMatchObject({ lost_after_lns: 0, lost_on_radio: 0 });
      const { lost_on_radio, lost_after_lns, unexplained } = totals.states;
      expect([lost_on_radio, lost_after_lns, unexplained]).toEqual([
        expect.any(Number),
        lostUplinks,
        Number(before.totals.states.unexplained) - lostUplinks - Number(lost_on_radio),
      ]);
      expect(unexplained).toBeGreaterThan(0);
      expect(lost_on_radio).toBeGreaterThan(4000);
    } finally {
      await bridge.stop();
      await broker.stop();
      await database.drop();
    }
  });
});

interface Report {
  readonly totals: { readonly counters: number; readonly states: Readonly<Record<string, number>> };
  readonly deliveredAgain: number | null;
}

async function ledger(databaseUrl: string, ...args: readonly string[]): Promise<Report> {
  const words = ['ledger', '--since', '2015-01-01T00:00:00Z', '--json', ...args];
  return JSON.parse((await runVeilleur(words, { DATABASE_URL: databaseUrl })).stdout);
}
