import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { eventOf, frameOf, hexOf } from './fixtures/message.ts';
import { readLnsMessage } from './index.ts';

/** CampusIoT's recorder kept the last two levels of the old topic: `application/rx`. */
function readLine(line: string) {
  const [, event] = (JSON.parse(line) as { _topic: string })._topic.split('/');
  return readLnsMessage(`application/1/device/d1d1e80000000032/${event}`, Buffer.from(line));
}

const linesOf = (ndjson: string) => ndjson.split('\n').filter((line) => line !== '');

describe('a real ChirpStack v3 on the Saint-Eynard, recorded by CampusIoT', () => {
  const excerpt = linesOf(
    readFileSync(path.join(import.meta.dirname, 'fixtures/saint-eynard-excerpt.ndjson'), 'utf8'),
  );

  test('hears one uplink through three gateways', () => {
    const frame = frameOf(readLine(excerpt[0] ?? ''));
    expect(frame).toMatchObject({
      device: { devEui: 'd1d1e80000000032', name: 'WYRES_32_SAINTEYNARD_DOOR' },
      fCnt: 1_143,
      fPort: 3,
      dataRate: 5,
      frequencyHz: 868_100_000,
      receivedAt: new Date('2023-06-23T09:10:28.896Z'),
    });
    expect(frame.receptions.map(({ rssi, snr }) => [rssi, snr])).toEqual([
      [-120, -6.2],
      [-112, -5],
      [-118, 0.2],
    ]);
    expect(hexOf(frame.payload)).toMatch(/^50270c048b920a00/);
  });

  test('sends frame 11641 twice, some milliseconds apart, with one payload', () => {
    const [first, second] = excerpt
      .map(readLine)
      .flatMap((reading) =>
        reading.outcome === 'frame' && reading.frame.fCnt === 11_641 ? [reading.frame] : [],
      );
    expect(second?.payload).toEqual(first?.payload);
    expect(Math.abs(Number(second?.receivedAt) - Number(first?.receivedAt))).toBe(10);
  });

  test('reports a link margin and no battery', () => {
    const statuses = excerpt.map(readLine).filter((reading) => reading.outcome === 'event');
    expect(statuses.map((status) => eventOf(status).detail)).toEqual([
      { margin: -27, externalPowerSource: false, batteryLevelUnavailable: true, batteryLevel: 0 },
    ]);
  });

  const repositoryRoot = path.resolve(import.meta.dirname, '../../..');
  const trace = path.resolve(repositoryRoot, '../shared/data/campusiot/saint-eynard-chirpstack-v3.ndjson.gz');
  const traceIsHere = existsSync(trace);

  test.skipIf(!traceIsHere)(
    `is read to the last of its 9,786 events${traceIsHere ? '' : ' (skipped: ../shared/data/campusiot is not beside this checkout)'}`,
    () => {
      const readings = linesOf(gunzipSync(readFileSync(trace)).toString()).map(readLine);
      const count = (outcome: string) => readings.filter((reading) => reading.outcome === outcome).length;
      expect({ frames: count('frame'), events: count('event'), broken: count('broken') }).toEqual({
        frames: 9_418,
        events: 368,
        broken: 0,
      });
    },
  );
});
