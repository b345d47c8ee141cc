import gw from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import durationPb from 'google-protobuf/google/protobuf/duration_pb.js';
import { connectAsync } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CITY } from '../city-time.ts';
import type { EmittingDevice } from '../emission.ts';
import { startTestBroker } from '../fixtures/broker.ts';
import { devicesAround } from '../fixtures/emissions.ts';
import { NetworkServer, type Received } from '../fixtures/network-server.ts';
import { deviceKeys } from './device-keys.ts';
import { GatewayNetwork } from './gateway-network.ts';
import {
  connState,
  downlinkTxAck,
  gatewayStats,
  readDownlinkFrame,
  uplinkFrame,
} from './gateway-protobuf.ts';
import { MqttGateway } from './mqtt-gateway.ts';

const SEED = 7;
const GATEWAY = { id: '02564c0000000001', latitude: CITY.latitude, longitude: CITY.longitude, altitude: 260 };
const [NEAR] = devicesAround(1, 0.1) as [EmittingDevice];

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

/** `delays_s`: one item each, so long after the frame that `context` tells of. */
function downlinkFrame(
  downlinkId: number,
  phys: readonly Buffer[],
  context: Uint8Array,
  delays_s: readonly number[],
  frequency: number,
  spreadingFactor: number,
): Buffer {
  const frame = new gw.DownlinkFrame();
  frame.setDownlinkId(downlinkId);
  frame.setGatewayId(GATEWAY.id);
  for (const [n, phy] of phys.entries()) {
    const lora = new gw.LoraModulationInfo();
    lora.setBandwidth(125_000);
    lora.setSpreadingFactor(spreadingFactor);
    lora.setCodeRate(gw.CodeRate.CR_4_5);
    lora.setPolarizationInversion(true);
    const modulation = new gw.Modulation();
    modulation.setLora(lora);
    const duration = new durationPb.Duration();
    duration.setSeconds(delays_s[n] ?? 1);
    const delay = new gw.DelayTimingInfo();
    delay.setDelay(duration);
    const timing = new gw.Timing();
    timing.setDelay(delay);
    const txInfo = new gw.DownlinkTxInfo();
    txInfo.setFrequency(frequency);
    txInfo.setPower(16);
    txInfo.setModulation(modulation);
    txInfo.setTiming(timing);
    txInfo.setContext(context);
    const item = new gw.DownlinkFrameItem();
    item.setPhyPayload(phy);
    item.setTxInfo(txInfo);
    frame.addItems(item);
  }
  return Buffer.from(frame.serializeBinary());
}

describe("the gateway's messages, read by ChirpStack's own definitions", () => {
  it('say what we meant: up, stats, ack and state', () => {
    const uplink = {
      phyPayload: Buffer.from('40010203', 'hex'),
      heardAtMs: Date.parse('2026-03-01T12:00:00.250Z') + 0.125,
      channel: 4,
      frequency_Hz: 867_300_000,
      spreadingFactor: 9,
      rssi: -113,
      snr: -6.25,
    };
    const up = gw.UplinkFrame.deserializeBinary(uplinkFrame(GATEWAY.id, uplink, 42)).toObject();
    expect(up).toMatchObject({
      phyPayload: Buffer.from('40010203', 'hex').toString('base64'),
      txInfo: {
        frequency: 867_300_000,
        modulation: { lora: { bandwidth: 125_000, spreadingFactor: 9, codeRate: gw.CodeRate.CR_4_5 } },
      },
      rxInfo: {
        gatewayId: GATEWAY.id,
        uplinkId: 42,
        gwTime: { seconds: Date.parse('2026-03-01T12:00:00Z') / 1000, nanos: 250_125_000 },
        rssi: -113,
        snr: -6.25,
        channel: 4,
        crcStatus: gw.CRCStatus.CRC_OK,
      },
    });
    const counts = { received: 7, forwarded: 7, acknowledged: 7, downlinks: 3, sent: 2 };
    expect(
      gw.GatewayStats.deserializeBinary(gatewayStats(GATEWAY, 1_772_000_000_000, counts)).toObject(),
    ).toMatchObject({
      gatewayId: GATEWAY.id,
      time: { seconds: 1_772_000_000, nanos: 0 },
      location: { latitude: GATEWAY.latitude, longitude: GATEWAY.longitude, altitude: 260 },
      rxPacketsReceived: 7,
      rxPacketsReceivedOk: 7,
      txPacketsReceived: 3,
      txPacketsEmitted: 2,
    });
    const ack = gw.DownlinkTxAck.deserializeBinary(
      downlinkTxAck(GATEWAY.id, 9, ['TOO_LATE', 'OK', 'IGNORED']),
    );
    expect(ack.toObject()).toMatchObject({
      gatewayId: GATEWAY.id,
      downlinkId: 9,
      itemsList: [
        { status: gw.TxAckStatus.TOO_LATE },
        { status: gw.TxAckStatus.OK },
        { status: gw.TxAckStatus.IGNORED },
      ],
    });
    for (const isOnline of [true, false]) {
      const state = gw.ConnState.deserializeBinary(connState(GATEWAY.id, isOnline));
      expect(state.toObject()).toMatchObject({ gatewayId: GATEWAY.id, state: isOnline ? 1 : 0 });
    }
  });

  it('and what ChirpStack sends is read as it meant it, over the turn of the counter', () => {
    const context = Buffer.from('fffffff0', 'hex');
    const bytes = downlinkFrame(77, [Buffer.from('60aa', 'hex')], context, [5], 868_500_000, 7);
    expect(readDownlinkFrame(bytes)).toEqual({
      gatewayId: GATEWAY.id,
      downlinkId: 77,
      items: [
        {
          phyPayload: Buffer.from('60aa', 'hex'),
          frequency_Hz: 868_500_000,
          spreadingFactor: 7,
          tmst: 5_000_000 - 16,
        },
      ],
    });
    for (let length = 1; length < bytes.length; length++) {
      try {
        readDownlinkFrame(bytes.subarray(0, length));
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RangeError);
      }
    }
  });
});

describe("a gateway on ChirpStack's MQTT topics", () => {
  it('lets a device join and be asked for its status, and its state follows its life', async () => {
    const broker = await startTestBroker();
    cleanUp.push(() => broker.close());
    const mac = new NetworkServer((devEui) => deviceKeys(SEED, devEui).appKey);
    const server = await connectAsync(broker.url, { protocolVersion: 4 });
    cleanUp.push(() => server.endAsync(true));
    const heard: Received[] = [];
    const states: number[] = [];
    const acks: gw.DownlinkTxAck.AsObject[] = [];
    let downlinkId = 0;
    server.on('message', (topic, payload) => {
      expect(topic).toMatch(`eu868/gateway/${GATEWAY.id}/`);
      if (topic.endsWith('/state/conn')) states.push(gw.ConnState.deserializeBinary(payload).getState());
      if (topic.endsWith('/event/ack')) acks.push(gw.DownlinkTxAck.deserializeBinary(payload).toObject());
      if (!topic.endsWith('/event/up')) return;
      const up = gw.UplinkFrame.deserializeBinary(payload);
      const received = mac.receive(Buffer.from(up.getPhyPayload_asU8()));
      heard.push(received);
      const context = up.getRxInfo()?.getContext_asU8() ?? new Uint8Array();
      const frequency = up.getTxInfo()?.getFrequency() ?? 0;
      const sf = up.getTxInfo()?.getModulation()?.getLora()?.getSpreadingFactor() ?? 0;
      const command = (phys: Buffer[], delays_s: number[]) => {
        downlinkId += 1;
        const bytes = downlinkFrame(downlinkId, phys, context, delays_s, frequency, sf);
        server.publish(`eu868/gateway/${GATEWAY.id}/command/down`, bytes, { qos: 1 });
      };
      if (received.kind === 'join') command([received.accept], [5]);
      if (received.kind === 'data' && received.fCnt === 0) {
        const phy = mac.downlink(NEAR.devEui, { fOpts: Buffer.from([0x06]) });
        // The first item's moment has passed already (a delay of 0 s): the second one has to be taken.
        command([phy, phy], [0, 1]);
      }
    });
    await server.subscribeAsync('eu868/gateway/+/+/+', { qos: 1 });
    const network = new GatewayNetwork({
      plan: { gateways: [GATEWAY], battery_percent: () => null },
      seed: SEED,
      ports: [new MqttGateway(GATEWAY, { url: broker.url })],
    });
    await network.start();
    await vi.waitFor(() => expect(states).toEqual([1]));
    for (const [report, text] of ['a', 'b'].entries()) {
      const payload = Buffer.from(text);
      network.send({ device: NEAR, at: new Date(), report, fPort: 2, payload, confirmed: false });
    }
    await network.idle();
    await network.stop();
    await vi.waitFor(() => expect(states).toEqual([1, 0]));

    expect(heard).toMatchObject([
      { kind: 'join', devNonce: 1 },
      { kind: 'data', fCnt: 0, payload: Buffer.from('a') },
      { kind: 'data', fCnt: 1, payload: Buffer.from('b') },
    ]);
    // On external power.
    const status = (heard[2] as { fOpts: Buffer }).fOpts;
    expect([status[0], status[1], status.length]).toEqual([0x06, 0, 3]);
    expect(acks.map(({ itemsList }) => itemsList.map(({ status: each }) => each))).toEqual([
      [gw.TxAckStatus.OK],
      [gw.TxAckStatus.TOO_LATE, gw.TxAckStatus.OK],
    ]);
    expect(network.counts).toMatchObject({ joins: 1, frames: 2, taken: 2, missed: 0 });
  });
});
