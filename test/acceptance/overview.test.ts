import { startApi } from '@veilleur/api';
import { DevEui } from '@veilleur/domain';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { type FrameEntry, Writer } from '@veilleur/store';
import { expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

/** What the page says: JavaScript for browsers, checked with the page. */
const { TEXTS } = (await import(
  new URL('../../services/api/src/page/texts.js', import.meta.url).href
)) as Record<'TEXTS', Record<'en' | 'fr', { summary(heard: number, minute: number, shown: number): string }>>;

/** A frame of each of so many devices, a while ago. */
const town = (devices: number, agoMs: (n: number) => number): FrameEntry[] =>
  Array.from({ length: devices }, (_, n) => {
    const at = new Date(Date.now() - agoMs(n));
    const devEui = DevEui(`70b3d5e75e${n.toString(16).padStart(6, '0')}`);
    return {
      kind: 'frame',
      frame: {
        kind: 'uplink',
        lns: 'chirpstack-v4-json',
        device: { devEui, tags: {} },
        sessionKey: '01',
        fCnt: 0,
        fPort: 1,
        payload: Buffer.from([1]),
        encrypted: false,
        confirmed: false,
        receivedAt: at,
        receptions: [],
      },
      received: { at, source: 'lns' },
      profile: null,
      decoding: { state: 'no_profile' },
      measurements: [],
    };
  });

const MINUTE_MS = 60_000;

describeOnEachEngine('the first page', (engine) => {
  const endings = endingsAfterEach();

  async function overviewOf(frames: FrameEntry[]) {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    await new Writer(database.pool).write(frames);
    const config = { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' };
    const log = createLogger('silent');
    const api = await startApi(config, { pool: database.pool, registry: createMetrics(), log });
    endings.push(() => api.stop());
    const answer = await fetch(`${api.url}/api/overview`);
    return (await answer.json()) as { heard: number; heardLastMinute: number; devices: unknown[] };
  }

  it('of a small town shows every device that was heard in the last day', async () => {
    const heard = [0, 30 * MINUTE_MS, 23 * 60 * MINUTE_MS, 25 * 60 * MINUTE_MS];
    const { devices, ...counts } = await overviewOf(town(4, (n) => heard[n] ?? 0));
    expect(devices).toHaveLength(3);
    expect(counts).toMatchObject({ heard: 3, heardLastMinute: 1 });
  });

  it('of a larger one shows 500 devices, and counts all', async () => {
    // The last seven spoke just now, and thirty-nine two days ago.
    const agoMs = (n: number) => (n >= 793 ? 0 : n < 39 ? 48 * 60 * MINUTE_MS : 30 * MINUTE_MS);
    const { devices, heard, heardLastMinute } = await overviewOf(town(800, agoMs));
    expect(devices).toHaveLength(500);
    expect({ heard, heardLastMinute }).toEqual({ heard: 761, heardLastMinute: 7 });
    expect(TEXTS.en.summary(heard, heardLastMinute, devices.length)).toBe(
      '761 devices heard in the last day, 7 in the last minute; 500 of 761 shown',
    );
    expect(TEXTS.fr.summary(heard, heardLastMinute, devices.length)).toBe(
      '761 appareils entendus depuis un jour, 7 depuis une minute ; 500 sur 761 affichés',
    );
    expect(TEXTS.en.summary(3, 1, 3)).toBe('3 devices heard in the last day, 1 in the last minute');
  });
});
