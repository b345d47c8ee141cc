import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CITY } from '../city-time.ts';
import { CITY_GATEWAYS, devicesAround, emissionsOf, START_MS } from '../fixtures/emissions.ts';
import { airtimeMs, DATA_FRAME_OVERHEAD_BYTES } from './airtime.ts';
import { bandOf } from './eu868.ts';
import { gatewaysAround, type RadioPlan } from './plan.ts';
import type { Join, LossCause, RadioEvent, Reception, Repeat, Transmission } from './transmission.ts';
import { transmit } from './transmit.ts';

const HOUR_MS = 3_600_000;
const ONE_GATEWAY = gatewaysAround(CITY, 1, 0);
const GATEWAY_ID = ONE_GATEWAY[0]?.id ?? '';
/** Devices so near that nothing is lost but by what a test does. */
const near = (count: number) => devicesAround(count, 0.2).map((device) => ({ ...device, inPit: false }));

const run = (emissions: Parameters<typeof transmit>[0], plan: RadioPlan, seed = 1) => [
  ...transmit(emissions, plan, seed),
];
const frames = (events: readonly RadioEvent[]) =>
  events.filter((event): event is Transmission => event.kind === 'frame');
const repeats = (events: readonly RadioEvent[]) =>
  events.filter((event): event is Repeat => event.kind === 'repeat');
const joins = (events: readonly RadioEvent[]) =>
  events.filter((event): event is Join => event.kind === 'join');
const at = (hours: number) => new Date(START_MS + hours * HOUR_MS);

function lossesOf(events: readonly RadioEvent[]): Partial<Record<LossCause | 'received', number>> {
  const losses: Partial<Record<LossCause | 'received', number>> = {};
  for (const { lost } of frames(events)) losses[lost ?? 'received'] = (losses[lost ?? 'received'] ?? 0) + 1;
  return losses;
}

/** A plan of everything at once, drawn at random. */
const anyPlan: fc.Arbitrary<RadioPlan> = fc.record({
  gateways: fc.constantFrom(ONE_GATEWAY, CITY_GATEWAYS),
  gatewayOutages: fc.constantFrom([], [{ gatewayId: GATEWAY_ID, from: at(1), to: at(2) }]),
  backhaulOutages: fc.constantFrom([], [{ gatewayId: GATEWAY_ID, from: at(2), to: at(4) }]),
  restarts: fc.constantFrom([], [{ at: at(2.5), withinMs: HOUR_MS / 2 }]),
  activation: fc.constantFrom('in_service' as const, 'join_first' as const),
  queueLength: fc.integer({ min: 1, max: 8 }),
  nbTrans: fc.integer({ min: 1, max: 3 }),
  confirmedAttempts: fc.integer({ min: 1, max: 8 }),
  downlinkLossShare: fc.constantFrom(0, 0.3),
  lossShare: fc.constantFrom(0, 0.3),
  server: fc.record({
    checksCounters: fc.boolean(),
    forwardsRepeats: fc.boolean(),
    replicaShare: fc.constantFrom(0, 0.2),
    redeliveryShare: fc.constantFrom(0, 0.2),
    reorderShare: fc.constantFrom(0, 0.2),
    reorderWithin_s: fc.constantFrom(1.5, 7200),
  }),
});

describe('whatever happens on the radio', () => {
  it('each emission ends once, each counter of each session is told once, time never falls', () => {
    const load = fc.record({
      reports: fc.integer({ min: 1, max: 12 }),
      periodMs: fc.constantFrom(10_000, 600_000, HOUR_MS),
      confirmedShare: fc.constantFrom(0, 0.5),
    });
    fc.assert(
      fc.property(anyPlan, load, fc.integer({ min: 1, max: 1000 }), (plan, options, seed) => {
        const emissions = [...emissionsOf(devicesAround(40), options)];
        const events = run(emissions, plan, seed);
        const told = frames(events);
        expect(new Set(told.map(({ emission }) => emission))).toEqual(new Set(emissions));
        expect(told).toHaveLength(emissions.length);
        const counters = told
          .filter(({ fCnt }) => fCnt !== null)
          .map(({ emission, session, fCnt }) => `${emission.device.devEui} ${session.number} ${fCnt}`);
        // An ABP device that restarts counts anew in the session that it has: that is what it does wrong.
        if ((plan.restarts ?? []).length === 0) expect(new Set(counters).size).toBe(counters.length);
        for (const { lost, receivedAt, receptions, fCnt } of told) {
          expect(receivedAt === null).toBe(lost !== null);
          if (lost === null) expect(receptions.length).toBeGreaterThan(0);
          expect(fCnt === null).toBe(lost === 'queue_full' || lost === 'too_long' || lost === 'not_joined');
        }
        for (let n = 1; n < events.length; n++)
          expect(events[n]?.atMs).toBeGreaterThanOrEqual(events[n - 1]?.atMs ?? 0);
      }),
      { numRuns: 60 },
    );
  });

  it('a device keeps to 36 s in any hour of a sub-band', () => {
    const devices = near(4).map((device) => ({ ...device, activation: 'OTAA' as const }));
    // Every second, six times each: far more than is allowed.
    const emissions = emissionsOf(devices, { reports: 7200, periodMs: 1000 });
    const plan = { gateways: ONE_GATEWAY, nbTrans: 6, server: { statusEveryMs: 0 } };
    const sent = new Map<string, { endMs: number; lengthMs: number }[]>();
    const heard = (
      devEui: string,
      bytes: number,
      spreadingFactor: number,
      channel: number,
      reception?: Reception,
    ) => {
      if (reception === undefined) return;
      const key = `${devEui} ${bandOf(channel)}`;
      const lengthMs = airtimeMs(spreadingFactor, DATA_FRAME_OVERHEAD_BYTES + bytes);
      const all = sent.get(key) ?? [];
      all.push({ endMs: reception.at.getTime(), lengthMs });
      sent.set(key, all);
    };
    for (const event of transmit(emissions, plan, 1)) {
      if (event.kind !== 'frame' && event.kind !== 'repeat') continue;
      const { emission } = event.kind === 'frame' ? event : event.of;
      heard(
        emission.device.devEui,
        emission.payload.length,
        event.spreadingFactor,
        event.channel,
        event.receptions[0],
      );
    }
    expect(sent.size).toBe(8);
    for (const all of sent.values()) {
      const fullest = Math.max(
        ...all.map(({ endMs }) =>
          all
            .filter((each) => each.endMs > endMs - HOUR_MS && each.endMs <= endMs)
            .reduce((sum, { lengthMs }) => sum + lengthMs, 0),
        ),
      );
      expect(fullest).toBeLessThanOrEqual(36_000);
      // The test would not fail on a device that hardly sends.
      expect(fullest).toBeGreaterThan(25_000);
    }
  });

  it('the same seed gives the same bytes in another process, another seed others', () => {
    const inAnother = (seed: number) =>
      execFileSync(
        process.execPath,
        [fileURLToPath(new URL('../fixtures/hash-events.ts', import.meta.url)), String(seed)],
        {
          encoding: 'utf8',
        },
      );
    const first = inAnother(1);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(inAnother(1)).toBe(first);
    expect(inAnother(2)).not.toBe(first);
  });

  it('a million emissions need no more memory than a hundred thousand', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heapBytes = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const devices = devicesAround(2000);
    let count = 0;
    let early = 0;
    for (const event of transmit(
      emissionsOf(devices, { reports: 500, periodMs: 900_000 }),
      { gateways: CITY_GATEWAYS },
      1,
    )) {
      if (event.kind !== 'frame') continue;
      count += 1;
      if (count === 100_000) early = heapBytes();
    }
    expect(count).toBe(1_000_000);
    expect(heapBytes() - early).toBeLessThan(2e6);
  });
});

describe('a city by the hour', () => {
  const events = run(emissionsOf(devicesAround(3000, 3.3), { reports: 24 }), {
    gateways: gatewaysAround(CITY, 9, 3),
  });

  it('is heard as cities are: most at SF7, some at every other, a few percent lost', () => {
    const all = frames(events);
    const share = (holds: (frame: Transmission) => boolean) => all.filter(holds).length / all.length;
    expect(share(({ spreadingFactor }) => spreadingFactor === 7)).toBeGreaterThan(0.4);
    for (const sf of [8, 9, 10, 11, 12])
      expect(share(({ spreadingFactor }) => spreadingFactor === sf)).toBeGreaterThan(0.02);
    expect(share(({ lost }) => lost !== null)).toBeGreaterThan(0.003);
    expect(share(({ lost }) => lost !== null)).toBeLessThan(0.05);
    const inPits = all.filter(({ emission }) => emission.device.inPit);
    const lostInPits = inPits.filter(({ lost }) => lost !== null).length / inPits.length;
    expect(lostInPits).toBeGreaterThan(share(({ lost }) => lost !== null));
    expect(lostInPits).toBeLessThan(0.15);
  });

  it('gives gateways signals that a receiver can have', () => {
    for (const { receptions, spreadingFactor } of frames(events)) {
      const strengths = receptions.map(({ rssi }) => rssi);
      expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
      for (const { rssi, snr } of receptions) {
        expect(rssi).toBeGreaterThanOrEqual(-138);
        expect(snr).toBeGreaterThanOrEqual(-7.5 - 2.5 * (spreadingFactor - 7));
        expect(snr).toBeLessThanOrEqual(11);
      }
    }
  });

  it('asks each device for its status once a day', () => {
    expect(events.filter(({ kind }) => kind === 'status').length).toBeGreaterThan(1000);
    expect(events.filter(({ kind }) => kind === 'status').length).toBeLessThanOrEqual(3000);
  });
});

describe('a gateway', () => {
  it('that is out loses what only it would have heard, and says so', () => {
    const plan = {
      gateways: ONE_GATEWAY,
      gatewayOutages: [{ gatewayId: GATEWAY_ID, from: at(2), to: at(5) }],
    };
    const events = run(emissionsOf(near(20), { reports: 8 }), plan);
    for (const { emission, lost } of frames(events)) {
      const hour = (emission.at.getTime() - START_MS) / HOUR_MS;
      expect(lost).toBe(hour >= 2 && hour < 5 ? 'gateway_outage' : null);
    }
  });

  it('whose backhaul is away delivers later, in the order in which it heard', () => {
    const plan = {
      gateways: ONE_GATEWAY,
      backhaulOutages: [{ gatewayId: GATEWAY_ID, from: at(2), to: at(5) }],
    };
    const told = frames(run(emissionsOf(near(20), { reports: 8 }), plan));
    expect(told.filter(({ lost }) => lost !== null)).toEqual([]);
    const late = told.filter(
      ({ receptions, receivedAt }) =>
        (receivedAt?.getTime() ?? 0) - (receptions[0]?.at.getTime() ?? 0) > 1000,
    );
    expect(late).toHaveLength(60);
    for (const { receivedAt } of late) expect(receivedAt?.getTime()).toBeGreaterThanOrEqual(at(5).getTime());
    const heardAt = late.map(({ receptions }) => receptions[0]?.at.getTime() ?? 0);
    expect(heardAt).toEqual(heardAt.toSorted((a, b) => a - b));
  });

  it('that delivers after the server went on to a newer counter is refused, unless the server takes all', () => {
    // Two gateways: one is out for the third hour, the other one's backhaul from the second to the fifth.
    const [here] = ONE_GATEWAY;
    if (here === undefined) throw new Error('no gateway');
    const beside = { ...here, id: '02564c00000000ff' };
    const plan = (checksCounters: boolean): RadioPlan => ({
      gateways: [here, beside],
      gatewayOutages: [{ gatewayId: here.id, from: at(2), to: at(3) }],
      backhaulOutages: [{ gatewayId: beside.id, from: at(1), to: at(5) }],
      server: { checksCounters },
    });
    const strict = run(emissionsOf(near(10), { reports: 8 }), plan(true));
    expect(lossesOf(strict)).toEqual({ received: 70, counter_refused: 10 });
    expect(repeats(strict).filter(({ how }) => how === 'late_backhaul').length).toBeGreaterThanOrEqual(25);
    const lenient = run(emissionsOf(near(10), { reports: 8 }), plan(false));
    expect(lossesOf(lenient)).toEqual({ received: 80 });
    const counters = frames(lenient)
      .filter(({ emission }) => emission.device.index === 0)
      .map(({ fCnt }) => fCnt);
    expect(counters).toEqual([0, 1, 3, 4, 2, 5, 6, 7]);
  });
});

describe('a device', () => {
  it('fresh from the box joins first, and its frames wait for that', () => {
    const events = run(emissionsOf(near(10), { reports: 3 }), {
      gateways: ONE_GATEWAY,
      activation: 'join_first',
      downlinkLossShare: 0,
    });
    expect(
      joins(events)
        .map(({ device }) => device.index)
        .toSorted((a, b) => a - b),
    ).toEqual([...Array(10).keys()]);
    for (const frame of frames(events))
      expect(frame).toMatchObject({ fCnt: frame.emission.report, session: { number: 1 } });
    const [join] = joins(events);
    const [first] = frames(events);
    expect(first?.atMs).toBeGreaterThan(join?.atMs ?? Infinity);
    expect(join).toMatchObject({ devNonce: 1, session: first?.session });
  });

  it('tries again with the next DevNonce when the accept is lost', () => {
    const plan = { gateways: ONE_GATEWAY, activation: 'join_first' as const, downlinkLossShare: 0.5 };
    const events = run(emissionsOf(near(40), { reports: 6 }), plan, 2);
    const nonces = joins(events).filter(
      ({ device }) => device.index === joins(events).find(({ devNonce }) => devNonce === 2)?.device.index,
    );
    expect(nonces.map(({ devNonce }) => devNonce).slice(0, 2)).toEqual([1, 2]);
    expect(lossesOf(events)).toEqual({ received: 240 });
  });

  it('that no gateway hears gives up at the end, each frame accounted for', () => {
    const far = near(3).map((device) => ({ ...device, position: { latitude: 49, longitude: 9 } }));
    const options = { reports: 12 };
    expect(
      lossesOf(run(emissionsOf(far, options), { gateways: ONE_GATEWAY, activation: 'join_first' })),
    ).toEqual({
      not_joined: 24,
      queue_full: 12,
    });
    expect(lossesOf(run(emissionsOf(far, options), { gateways: ONE_GATEWAY }))).toEqual({ out_of_range: 36 });
  });

  it('that restarts joins anew and counts from 0; all of a city do within the time that they are given', () => {
    const plan = { gateways: CITY_GATEWAYS, restarts: [{ at: at(2), withinMs: 600_000 }] };
    const devices = devicesAround(500).map((device) => ({ ...device, activation: 'OTAA' as const }));
    const events = run(emissionsOf(devices, { reports: 6 }), plan);
    const joined = new Set(joins(events).map(({ device }) => device.index));
    expect(joined.size).toBeGreaterThan(490);
    const spread = joins(events).map(({ atMs }) => atMs - at(2).getTime());
    expect(Math.min(...spread)).toBeGreaterThan(0);
    const own = frames(events).filter(
      ({ emission, fCnt }) => joined.has(emission.device.index) && fCnt !== null,
    );
    for (const { session, fCnt, emission } of own)
      if (emission.at > at(3.5) && session.number > 0) expect(fCnt).toBeLessThan(4);
    expect(new Set(own.map(({ session }) => session.number))).toEqual(
      expect.objectContaining(new Set([0, 1])),
    );
  });

  it('of ABP that restarts is refused until its counter has caught up, or taken by a lenient server', () => {
    const devices = near(4).map((device) => ({ ...device, activation: 'ABP' as const }));
    const restarts = [{ at: at(5.999), withinMs: 0 }];
    const strict = run(emissionsOf(devices, { reports: 15 }), { gateways: ONE_GATEWAY, restarts });
    const own = frames(strict).filter(({ emission }) => emission.device.index === 0);
    expect(own.map(({ fCnt }) => fCnt)).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(own.map(({ lost }) => lost === 'counter_refused')).toEqual([
      ...Array(6).fill(false),
      ...Array(6).fill(true),
      ...Array(3).fill(false),
    ]);
    const lenient = run(emissionsOf(devices, { reports: 15 }), {
      gateways: ONE_GATEWAY,
      restarts,
      server: { checksCounters: false },
    });
    expect(lossesOf(lenient)).toEqual({ received: 60 });
  });

  it('repeats a confirmed frame with its counter until an acknowledgement comes', () => {
    const plan = { gateways: ONE_GATEWAY, downlinkLossShare: 0.5, confirmedAttempts: 4 };
    const events = run(emissionsOf(near(10), { reports: 20, confirmedShare: 1 }), plan);
    expect(lossesOf(events)).toEqual({ received: 200 });
    const again = repeats(events).filter(({ how }) => how === 'retransmission');
    expect(again.length).toBeGreaterThan(100);
    for (const { of, isPublished, receivedAt } of again) {
      expect(isPublished).toBe(false);
      expect(receivedAt.getTime()).toBeGreaterThan(of.receivedAt?.getTime() ?? Infinity);
    }
    const most = Math.max(...frames(events).map((frame) => again.filter(({ of }) => of === frame).length));
    expect(most).toBe(3);
  });

  it('is drowned by noise as often as the plan says, and then a confirmed frame is sent again', () => {
    const plan = { gateways: ONE_GATEWAY, lossShare: 0.25 };
    const once = lossesOf(run(emissionsOf(near(10), { reports: 100 }), plan));
    expect(once.interference).toBeGreaterThan(200);
    expect(once.interference).toBeLessThan(300);
    const again = lossesOf(run(emissionsOf(near(10), { reports: 100, confirmedShare: 1 }), plan));
    expect(again).toEqual({ received: 1000 });
  });

  it('keeps a bounded queue, and says what it could not take', () => {
    const plan = { gateways: ONE_GATEWAY, queueLength: 2 };
    const events = run(emissionsOf(near(1), { reports: 50, periodMs: 1000, payloadBytes: 200 }), plan);
    const { received = 0, queue_full = 0 } = lossesOf(events);
    expect(received + queue_full).toBe(50);
    expect(queue_full).toBeGreaterThan(30);
    const counters = frames(events).flatMap(({ fCnt }) => fCnt ?? []);
    expect(counters).toEqual([...counters.keys()]);
  });

  it('cannot say more than its data rate takes', () => {
    const events = run(emissionsOf(near(2), { reports: 1, payloadBytes: 223 }), { gateways: ONE_GATEWAY });
    expect(lossesOf(events)).toEqual({ too_long: 2 });
  });
});

describe('the server', () => {
  it('publishes through a second replica and a broker that repeats, without a frame more', () => {
    const server = { replicaShare: 0.3, redeliveryShare: 0.3, reorderShare: 0.3 };
    const events = run(emissionsOf(near(20), { reports: 20, periodMs: 60_000 }), {
      gateways: ONE_GATEWAY,
      server,
    });
    expect(lossesOf(events)).toEqual({ received: 398, collision: 2 });
    for (const how of ['replica', 'redelivery'] as const) {
      const found = repeats(events).filter((event) => event.how === how);
      expect(found.length).toBeGreaterThan(80);
      expect(found.length).toBeLessThan(160);
      for (const repeat of found) expect(events.indexOf(repeat)).toBeGreaterThan(events.indexOf(repeat.of));
    }
    const received = frames(events).map(({ receivedAt }) => receivedAt?.getTime() ?? 0);
    const overtaken = received.filter((time, n) => n > 0 && time < (received[n - 1] ?? 0));
    expect(overtaken.length).toBeGreaterThan(0);
  });

  it('lets a device’s own frames overtake each other within hours; what a replica has, it had in time', () => {
    const server = { reorderShare: 0.3, reorderWithin_s: 4 * 3600, replicaShare: 0.3 };
    const events = run(emissionsOf(near(5), { reports: 40 }), { gateways: ONE_GATEWAY, server });
    const toldOf = Map.groupBy(frames(events), ({ emission }) => emission.device.index);
    const overtaken = [...toldOf.values()].flatMap((told) =>
      told.filter(({ fCnt }, n) => n > 0 && (fCnt ?? 0) < (told[n - 1]?.fCnt ?? 0)),
    );
    expect(overtaken.length).toBeGreaterThan(10);
    const replicas = repeats(events).filter(({ how }) => how === 'replica');
    expect(replicas.length).toBeGreaterThan(30);
    for (const { of, receivedAt } of replicas) {
      expect(receivedAt.getTime() - (of.receivedAt?.getTime() ?? 0)).toBeLessThan(1000);
    }
  });

  it('knows no outage of a gateway that is not there', () => {
    const plan = { gateways: ONE_GATEWAY, gatewayOutages: [{ gatewayId: 'nobody', from: at(0), to: at(1) }] };
    expect(() => run([], plan)).toThrow('nobody');
  });
});
