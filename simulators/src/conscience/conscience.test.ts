import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planRun, type RunPlan } from '../run/run-plan.ts';
import { parseScenario } from '../run/scenario-file.ts';
import { createSource, type Source } from '../run/source.ts';
import { judge } from './conscience.ts';
import { type Remembered, remember } from './fixtures/remembered.ts';
import type { Knowledge } from './knowledge.ts';

const HAMLET = `name: hamlet
description: { en: A day of a hamlet, fr: Un jour d'un hameau }
seed: 3
city:
  installedAt: "2026-03-01"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 8 }
  buildings: [{ kind: school, area_m2: 3200 }]
  lighting: { luminaires: 8, lampsPerCabinet: 4 }
faults:
  - { kind: leak_toilet, numbers: [1], from: "2026-03-08T04:00:00Z" }
  - { kind: swapped, family: gas, numbers: [1], from: "2026-03-10T12:00:00Z" }
  - { kind: lamp_failure, numbers: [1], from: "2026-03-10T02:00:00Z" }
  - { kind: clock_drift, numbers: [3], from: "2026-03-02T00:00:00Z", to: "2026-03-10T12:00:00Z", size: -400 }
radio: { gateways: 3 }
from: "2026-03-10T00:00:00Z"
days: 1
`;

let plan: RunPlan;
let source: Source;
let knowledge: Knowledge;
let held: Remembered;

const verdict = () => judge({ plan, source, knowledge, holdings: held, deviceShare: 1, say: () => {} });
const kinds = async () => (await verdict()).findings.map(({ kind }) => kind);

/** A frame of a water meter's, at noon. */
function aFrame() {
  const at = held.frames.findIndex(
    ({ devEui, receivedAt }) => devEui[10] === '1' && receivedAt.getTime() > Date.UTC(2026, 2, 10, 12),
  );
  const frame = held.frames[at];
  if (frame === undefined) throw new Error('no water meter was heard');
  return { at, frame };
}

beforeAll(async () => {
  plan = planRun(parseScenario(HAMLET, 'hamlet.yaml'), {}, new Date('2026-04-01T00:00:00Z'));
  source = await createSource(plan);
});

beforeEach(() => {
  ({ knowledge, held } = remember(source));
});

describe('the conscience', () => {
  it('is at ease when all is there, and says what it can not judge yet', async () => {
    const { isWell, findings, comparisons, notCompared } = await verdict();
    expect(findings).toEqual([]);
    expect(isWell).toBe(true);
    expect(comparisons.map(({ name }) => name)).toEqual([
      'frames',
      'events',
      'registers',
      'states',
      'consumption',
    ]);
    for (const { name, compared } of comparisons) {
      if (name !== 'events') expect(compared, name).toBeGreaterThan(300);
    }
    expect(notCompared).toEqual(['alerts']);
  });

  it('knows what flowed: stored m3 and kWh are those of physics, but for less than a step a register', async () => {
    const registers = (await verdict()).comparisons.find(({ name }) => name === 'registers');
    const figures = registers?.figures ?? {};
    for (const sum of ['water: m3', 'gas: m3', 'electricity: kWh', 'lighting: kWh']) {
      expect(figures[`${sum} simulated`], sum).toBeGreaterThan(0.1);
      expect(figures[`${sum} stored`], sum).toBeCloseTo(figures[`${sum} simulated`] ?? 0, 0);
    }
  });

  it('names a register that advanced by more than what flowed', async () => {
    const { frame } = aFrame();
    const water = held.measurements.filter(
      ({ devEui, quantity }) => devEui === frame.devEui && quantity === 'water_volume',
    );
    const newest = water.reduce((a, b) => (a.timeMs > b.timeMs ? a : b));
    held.measurements[held.measurements.indexOf(newest)] = { ...newest, value: newest.value + 0.002 };
    const sums = (await verdict()).findings.filter(({ kind }) => kind === 'sum_wrong');
    expect(sums).toEqual([expect.objectContaining({ devEui: frame.devEui })]);
  });

  it('names a frame that was dropped', async () => {
    const { at, frame } = aFrame();
    held.frames.splice(at, 1);
    const { isWell, findings } = await verdict();
    expect(isWell).toBe(false);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'frame_missing',
      devEui: frame.devEui,
      fCnt: frame.fCnt,
      at: frame.receivedAt,
    });
  });

  it('names a session of which nothing is there', async () => {
    const { frame } = aFrame();
    held.frames = held.frames.filter(({ devEui }) => devEui !== frame.devEui);
    const { findings } = await verdict();
    expect(findings.length).toBeGreaterThan(20);
    expect(new Set(findings.map(({ kind, devEui }) => `${kind} ${devEui}`))).toEqual(
      new Set([`frame_missing ${frame.devEui}`]),
    );
  });

  it('names a frame that is there twice', async () => {
    const { frame } = aFrame();
    held.frames.push({ ...frame, receivedAt: new Date(frame.receivedAt.getTime() + 1000) });
    const { findings } = await verdict();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'frame_doubled', fCnt: frame.fCnt, expected: '1', found: '2' });
  });

  it('names a frame with other bytes', async () => {
    const { at, frame } = aFrame();
    held.frames[at] = { ...frame, hash: (frame.hash + 1) % 2 ** 32 };
    const { findings } = await verdict();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'frame_altered', devEui: frame.devEui, fCnt: frame.fCnt });
  });

  it('names two frames whose counters were exchanged, though their sum is the same', async () => {
    const { at, frame } = aFrame();
    const other = held.frames.findIndex(
      ({ devEui, fCnt }) => devEui === frame.devEui && fCnt === frame.fCnt + 1,
    );
    const next = held.frames[other];
    if (next === undefined) throw new Error('it has one frame only');
    held.frames[at] = { ...frame, hash: next.hash - 3 };
    held.frames[other] = { ...next, hash: frame.hash };
    expect(await kinds()).toEqual(['frame_altered', 'frame_altered']);
  });

  it('names a frame that nobody sent, of a known device or of a stranger', async () => {
    const { frame } = aFrame();
    held.frames.push({ ...frame, fCnt: frame.fCnt + 9000 });
    held.frames.push({ ...frame, devEui: '02564c0000000001' as typeof frame.devEui });
    const { findings } = await verdict();
    expect(findings.map(({ kind }) => kind)).toEqual(['frame_not_sent', 'frame_not_sent']);
    expect(new Set(findings.map(({ fCnt }) => fCnt))).toEqual(new Set([frame.fCnt, frame.fCnt + 9000]));
  });

  it('names a frame that was not decoded, with the reason', async () => {
    const { at, frame } = aFrame();
    held.frames[at] = { ...frame, decoding: 'failed', decodingReason: 'a checksum' };
    const { findings } = await verdict();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'frame_undecoded',
      fCnt: frame.fCnt,
      found: 'failed: a checksum',
    });
  });

  it.each([
    ['water_volume', '1', 0.001],
    ['pulse_count', '2', 1],
    ['active_energy_import', '3', 0.001],
    ['active_energy_import', '5', -0.001],
    ['active_energy_import', '4', 0.001],
  ])('names an index that is wrong by one step: %s of family %s', async (quantity, family, step) => {
    const at = held.measurements.findIndex(
      (each) => each.quantity === quantity && each.devEui[10] === family,
    );
    const measurement = held.measurements[at];
    if (measurement === undefined) throw new Error('no such measurement');
    held.measurements[at] = { ...measurement, value: measurement.value + step };
    const wrong = (await verdict()).findings.filter(({ kind }) => kind === 'index_wrong');
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toMatchObject({ devEui: measurement.devEui, at: new Date(measurement.timeMs) });
    expect(Number(wrong[0]?.expected.split(' ')[0])).toBeCloseTo(measurement.value, 6);
  });

  it('names a device whose indexes are not all there', async () => {
    const { frame } = aFrame();
    held.measurements = held.measurements.filter(
      ({ devEui, reportedAtMs }) => devEui !== frame.devEui || reportedAtMs !== frame.receivedAt.getTime(),
    );
    const findings = (await verdict()).findings.filter(({ kind }) => kind === 'index_missing');
    expect(findings[0]).toMatchObject({ devEui: frame.devEui });
  });

  it('names an alarm that is not there, of a lamp that has failed', async () => {
    const at = held.measurements.findIndex(
      ({ quantity, value }) => quantity === 'lamp_failure' && value === 1,
    );
    const measurement = held.measurements[at];
    if (measurement === undefined) throw new Error('no lamp has failed');
    held.measurements[at] = { ...measurement, value: 0 };
    const { findings } = await verdict();
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'state_wrong',
      devEui: measurement.devEui,
      what: 'lamp_failure',
    });
  });

  it('counts joins and status answers', async () => {
    held.counts.set('status', (held.counts.get('status') ?? 0) + 1);
    expect(await kinds()).toEqual(['event_count']);
  });
});

describe('a run that was ended early', () => {
  it('is judged by what it published', async () => {
    ({ knowledge, held } = remember(source, 300));
    expect((await verdict()).findings).toEqual([]);
  });

  it('leaves what was under way open: it may be there or not, and no other frame may be missing', async () => {
    ({ knowledge, held } = remember(source, 300, 20));
    const arrived = held.frames.length - 12;
    const gone = held.frames.slice(arrived);
    held.frames = held.frames.slice(0, arrived);
    held.measurements = held.measurements.filter(
      ({ devEui, reportedAtMs }) =>
        !gone.some((frame) => frame.devEui === devEui && frame.receivedAt.getTime() === reportedAtMs),
    );
    held.settle(source);
    expect((await verdict()).findings).toEqual([]);
    const { at, frame } = aFrameOf(held, 10);
    held.frames.splice(at, 1);
    expect((await verdict()).findings).toEqual([
      expect.objectContaining({ kind: 'frame_missing', devEui: frame.devEui, fCnt: frame.fCnt }),
    ]);
  });
});

function aFrameOf({ frames }: Remembered, at: number) {
  const frame = frames[at];
  if (frame === undefined) throw new Error('too few frames');
  return { at, frame };
}
