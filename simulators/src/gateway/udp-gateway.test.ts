import { afterEach, describe, expect, it, vi } from 'vitest';
import { CITY } from '../city-time.ts';
import type { EmittingDevice } from '../emission.ts';
import { devicesAround } from '../fixtures/emissions.ts';
import { NetworkServer, type Received } from '../fixtures/network-server.ts';
import { startUdpServer } from '../fixtures/udp-server.ts';
import { deviceKeys } from './device-keys.ts';
import type { FrameFault } from './end-device.ts';
import { GatewayNetwork, type SentFrame } from './gateway-network.ts';
import { concentratorCounter, counterDifference } from './gateway-port.ts';
import { UdpGateway } from './udp-gateway.ts';

const SEED = 7;
const GATEWAY = { id: '02564c0000000001', latitude: CITY.latitude, longitude: CITY.longitude, altitude: 260 };
const [NEAR] = devicesAround(1, 0.1) as [EmittingDevice];

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function start({
  answer,
  fault,
  keepAliveMs = 10_000,
}: {
  answer?: (received: Received) => Buffer | null;
  fault?: () => FrameFault | undefined;
  keepAliveMs?: number;
} = {}) {
  const mac = new NetworkServer((devEui) => deviceKeys(SEED, devEui).appKey);
  const server = await startUdpServer(mac, answer);
  cleanUp.push(() => server.close());
  const port = new UdpGateway(GATEWAY, { host: '127.0.0.1', port: server.port, keepAliveMs });
  const sent: SentFrame[] = [];
  const network = new GatewayNetwork({
    plan: { gateways: [GATEWAY], battery_percent: () => 50 },
    seed: SEED,
    ports: [port],
    keepsDutyCycle: false,
    onSent: (frame) => sent.push(frame),
    ...(fault === undefined ? {} : { fault }),
  });
  await network.start();
  cleanUp.push(() => network.stop());
  return { mac, server, network, port, sent };
}

const emission = (report: number, text: string, confirmed = false) => ({
  device: NEAR,
  at: new Date(),
  report,
  fPort: 12,
  payload: Buffer.from(text),
  confirmed,
});

describe('a gateway with the Semtech UDP protocol', () => {
  it('opens the way back first, then tells of itself, and goes on pulling', async () => {
    const { server, port } = await start({ keepAliveMs: 50 });
    expect(server.pulls[0]).toBe(GATEWAY.id);
    await vi.waitFor(() => expect(server.pulls.length).toBeGreaterThan(4));
    await vi.waitFor(() => expect(port.counts.acknowledged).toBe(1));
    expect(server.stats).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT$/),
        lati: GATEWAY.latitude,
        long: GATEWAY.longitude,
        alti: 260,
        rxnb: 0,
        rxok: 0,
        rxfw: 0,
        ackr: 100,
        dwnb: 0,
        txnb: 0,
      },
    ]);
  });

  it('says that nobody answers', async () => {
    const gateway = new UdpGateway(GATEWAY, { host: '127.0.0.1', port: 9, connectTimeoutMs: 200 });
    await expect(gateway.start(() => 'OK')).rejects.toMatchObject({ code: 'network_server_unreachable' });
    await gateway.stop();
  });

  it('answers each PULL_RESP with a TX_ACK of its token: what is too late, too early or not to be read', async () => {
    const { server } = await start();
    const txpk = { freq: 868.1, datr: 'SF7BW125', modu: 'LORA', data: 'AAAA', size: 3 };
    const nowTmst = concentratorCounter(GATEWAY.id, performance.timeOrigin + performance.now());
    const tokens = [
      server.send(GATEWAY.id, { ...txpk, tmst: (nowTmst + 2 ** 32 - 1_000_000) % 2 ** 32 }),
      server.send(GATEWAY.id, { ...txpk, tmst: (nowTmst + 60_000_000) % 2 ** 32 }),
      server.send(GATEWAY.id, { ...txpk, tmst: nowTmst, freq: 915.2 }),
      server.send(GATEWAY.id, { freq: 868.1 }),
      server.send(GATEWAY.id, { ...txpk, imme: true }),
    ];
    await vi.waitFor(() => expect(server.acks).toHaveLength(5));
    expect(server.acks).toEqual(
      ['TOO_LATE', 'TOO_EARLY', 'TX_FREQ', 'COLLISION_PACKET', 'NONE'].map((error, n) => ({
        token: tokens[n],
        gatewayId: GATEWAY.id,
        error,
      })),
    );
  });
});

describe('a device behind it', () => {
  it('joins, sends, obeys and acknowledges, as the server reads it from the bytes alone', async () => {
    let asked = 0;
    const started = await start({
      answer: (received) => {
        if (received.kind !== 'data') return null;
        asked += 1;
        // LinkADRReq to DR 4 and DevStatusReq; then a confirmed downlink; then what is confirmed is acknowledged.
        if (asked === 1)
          return started.mac.downlink(NEAR.devEui, {
            fOpts: Buffer.from([0x03, 0x41, 0x0f, 0x00, 0x01, 0x06]),
          });
        if (asked === 2)
          return started.mac.downlink(NEAR.devEui, {
            fPort: 5,
            payload: Buffer.from('50 %'),
            confirmed: true,
          });
        return received.confirmed ? started.mac.downlink(NEAR.devEui, { ack: true }) : null;
      },
    });
    const { network, server, sent } = started;
    for (const [n, text] of ['un', 'deux', 'trois'].entries()) network.send(emission(n, text, n === 2));
    await network.idle();

    const [join, first, second, third] = server.heard.map(({ received }) => received);
    expect(server.heard).toHaveLength(4);
    expect(join).toMatchObject({ kind: 'join', devEui: NEAR.devEui, devNonce: 1 });
    expect(first).toMatchObject({ kind: 'data', fCnt: 0, fPort: 12, payload: Buffer.from('un') });
    expect(second).toMatchObject({ kind: 'data', fCnt: 1, payload: Buffer.from('deux') });
    expect((second as { fOpts: Buffer }).fOpts.toString('hex')).toMatch(/^030706(7f|80)/);
    expect(third).toMatchObject({
      kind: 'data',
      fCnt: 2,
      payload: Buffer.from('trois'),
      ack: true,
      confirmed: true,
    });
    // ADR was obeyed on the air, not only in words.
    expect(server.heard.map(({ rxpk }) => rxpk.datr)).toEqual([
      'SF7BW125',
      'SF7BW125',
      'SF8BW125',
      'SF8BW125',
    ]);
    expect(server.acks.map(({ error }) => error)).toEqual(Array(4).fill('NONE'));
    expect(network.counts).toMatchObject({
      joins: 1,
      frames: 3,
      repetitions: 0,
      taken: 4,
      missed: 0,
      acknowledgements: 1,
    });
    expect(sent.map(({ fCnt, heardBy }) => [fCnt, heardBy])).toEqual([0, 1, 2].map((n) => [n, [GATEWAY.id]]));
    for (const { rxpk } of server.heard) {
      expect(rxpk).toMatchObject({
        stat: 1,
        modu: 'LORA',
        codr: '4/5',
        size: Buffer.from(rxpk.data, 'base64').length,
      });
      expect(rxpk.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(Number.isInteger(rxpk.tmst) && rxpk.tmst >= 0 && rxpk.tmst < 2 ** 32).toBe(true);
    }
  });

  it('counts what a device that has too much to send drops', async () => {
    const { network } = await start();
    for (let n = 0; n < 11; n++) network.send(emission(n, 'trop'));
    expect(network.counts.dropped).toBe(3);
  });

  it('repeats a confirmed frame with the same counter until it is acknowledged', async () => {
    let heard = 0;
    const started = await start({
      answer: (received) => {
        if (received.kind !== 'data') return null;
        heard += 1;
        return heard === 2 ? started.mac.downlink(NEAR.devEui, { ack: true }) : null;
      },
    });
    started.network.send(emission(0, 'compteur', true));
    await started.network.idle();
    const frames = started.server.heard.map(({ received }) => received).filter(({ kind }) => kind === 'data');
    expect(frames).toMatchObject([
      { fCnt: 0, isRepeat: false },
      { fCnt: 0, isRepeat: true },
    ]);
    expect(started.network.counts).toMatchObject({ repetitions: 1, acknowledgements: 1 });
  });

  it('of class C hears the server at once and acknowledges by itself', async () => {
    const lamp = { ...NEAR, deviceClass: 'C' as const };
    const { network, server, mac } = await start();
    network.send({ ...emission(0, 'bonsoir'), device: lamp });
    await network.idle();
    const down = mac.downlink(lamp.devEui, { fPort: 7, payload: Buffer.from('30 %'), confirmed: true });
    const txpk = {
      imme: true,
      freq: 869.525,
      datr: 'SF12BW125',
      size: down.length,
      data: down.toString('base64'),
    };
    server.send(GATEWAY.id, { ...txpk, freq: 868.1 });
    server.send(GATEWAY.id, txpk);
    await vi.waitFor(() => expect(server.heard).toHaveLength(3));
    expect(server.heard[2]?.received).toMatchObject({ kind: 'data', fCnt: 1, fPort: null, ack: true });
    expect(network.counts).toMatchObject({ taken: 2, missed: 1 });
  });

  it('is not let in with a wrong MIC or a replayed nonce', async () => {
    const faults: (FrameFault | undefined)[] = ['wrong_mic', 'wrong_key'];
    const { network, server } = await start({ fault: () => faults.shift() });
    const end = network.endDevice(NEAR);
    network.send(emission(0, 'x'));
    await vi.waitFor(() => expect(server.heard).toHaveLength(1));
    expect(server.heard[0]?.received).toEqual({ kind: 'refused', why: 'mic' });
    expect(end.isJoined).toBe(false);
  });
});

describe('the counter of the concentrator', () => {
  it('turns over after 32 bits of microseconds, and differences do not mind', () => {
    const endMs = (2 ** 32 - 500) / 1000;
    const before = concentratorCounter('0000000000000000', endMs);
    const after = concentratorCounter('0000000000000000', endMs + 1);
    expect([before, after]).toEqual([2 ** 32 - 500, 500]);
    expect(counterDifference(after, before)).toBe(1000);
  });
});
