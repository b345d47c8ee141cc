import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { writeProfile } from '../support/profiles.ts';

const FRAMES = 200;
const HOSTILE = '70b3d5e75e00bad0';
const HONEST = '70b3d5e75e00900d';

describeOnEachEngine("a stranger's decoder that misbehaves", (engine) => {
  const endings = endingsAfterEach();

  it.each([
    ['never ends', 'function decodeUplink() { while (true) {} }', /time_limit|on_hold/],
    [
      'hangs where no interpreter can stop it',
      'function decodeUplink() { [].indexOf.call({ length: 2 ** 53 - 1 }, 1); }',
      /worker_killed|on_hold/,
    ],
    [
      'eats memory',
      "function decodeUplink() { var s = 'x'; while (true) s += s; }",
      /memory_limit|decoder_threw|on_hold/,
    ],
    [
      'says what no database stores',
      "function decodeUplink() { throw new Error('type \\u0000 \\ud800 is unknown'); }",
      /decoder_threw: .*type \ufffd \ufffd is unknown|on_hold/,
    ],
    ['wants out', 'function decodeUplink() { return { data: { litres: process.pid } }; }', /decoder_threw/],
  ])('%s: its frames are kept, and everybody else goes on', async (_title, decoder, reason) => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const profiles = await mkdtemp(join(tmpdir(), 'veilleur-profiles-'));
    endings.push(() => rm(profiles, { recursive: true }));
    await writeProfile(profiles, decoder);
    const bridge = await startBridgeUnderTest(broker.url, database.url, { PROFILES_FOLDER: profiles });
    endings.push(() => bridge.stop());

    await publishAll(
      broker.url,
      Array.from({ length: FRAMES }, (_, fCnt) => [
        chirpStackV4Uplink({ devEui: HOSTILE, fCnt, profile: 'acme/drip' }),
        chirpStackV4Uplink({ devEui: HONEST, fCnt }),
      ]).flat(),
    );
    expect(await bridge.settled(2 * FRAMES)).toMatchObject({ stored: 2 * FRAMES, quarantined: 0 });
    const { rows } = await database.pool.query<{
      dev_eui: string;
      decoding: string;
      count: number;
      reasons: string[];
    }>(
      `select dev_eui, case decoding when 'waiting' then 'failed' else decoding end as decoding, count(*) as count,
         array_agg(distinct decoding_reason) as reasons
       from frame join device on device.id = device_id group by 1, 2 order by 1`,
    );
    expect(rows).toMatchObject([
      { dev_eui: HONEST, decoding: 'decoded', count: FRAMES },
      { dev_eui: HOSTILE, decoding: 'failed', count: FRAMES },
    ]);
    for (const said of rows[1]?.reasons ?? []) expect(said).toMatch(reason);
    expect(await bridge.metrics()).toMatch(
      /veilleur_codec_runs\{profile="acme\/drip",result="(refused|threw|killed)"\} [1-9]/,
    );
  });
});
