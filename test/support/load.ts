import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@veilleur/store';
import { connectAsync } from 'mqtt';
import { expect } from 'vitest';
import { chirpStackV4Uplink } from './events.ts';

const DEVICES = 50;

export interface Load {
  sent(): number;
  /** Ends it, and says how many messages the broker took over. */
  stop(): Promise<number>;
}

/** Publishes distinct frames at a steady rate until told to stop; says how many the broker took over. */
export function startLoad(brokerUrl: string, perSecond: number): Load {
  let stopping = false;
  let sent = 0;
  const done = (async () => {
    const client = await connectAsync(brokerUrl, { protocolVersion: 4 });
    const startMs = performance.now();
    const open: Promise<unknown>[] = [];
    while (!stopping) {
      while (sent < ((performance.now() - startMs) / 1000) * perSecond) {
        const devEui = `70b3d5e75e00${(sent % DEVICES).toString(16).padStart(4, '0')}`;
        const counter = sent.toString(16).padStart(8, '0');
        const { topic, payload } = chirpStackV4Uplink({
          devEui,
          fCnt: Math.floor(sent / DEVICES),
          hex: `4680${counter}00000002`,
        });
        open.push(client.publishAsync(topic, payload, { qos: 1 }));
        sent += 1;
      }
      await delay(10);
    }
    await Promise.all(open);
    await client.endAsync();
    return sent;
  })();
  return {
    sent: () => sent,
    stop: () => {
      stopping = true;
      return done;
    },
  };
}

/** The generator knows every payload that it made; the database must hold each of them once. */
export async function expectEachFrameOnce(pool: Pool, sent: number): Promise<void> {
  const { rows } = await pool.query<{ counter: number; times: number }>(
    `select ('x' || substring(encode(payload, 'hex') from 5 for 8))::bit(32)::int as counter, count(*) as times
     from frame group by 1 order by 1`,
  );
  expect(rows).toEqual(Array.from({ length: sent }, (_, counter) => ({ counter, times: 1 })));
}
