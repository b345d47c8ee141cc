import { ProtobufWriter } from '../lns/protobuf-writer.ts';
import type { Gateway } from '../radio/plan.ts';
import {
  concentratorCounter,
  type GatewayCounts,
  type GatewayDownlink,
  type GatewayUplink,
  type TxStatus,
} from './gateway-port.ts';
import { readFields } from './protobuf-fields.ts';

/*
 * The messages between ChirpStack v4 and its gateways, by field number: chirpstack/chirpstack:
 * api/proto/gw/gw.proto. A test holds them against @chirpstack/chirpstack-api.
 */

const CR_4_5 = 1;
const CRC_OK = 2;
const TX_STATUS: Readonly<Record<TxStatus | 'IGNORED', number>> = {
  IGNORED: 0,
  OK: 1,
  TOO_LATE: 2,
  TOO_EARLY: 3,
  TX_FREQ: 6,
  INTERNAL_ERROR: 10,
};

/** `UplinkFrame`. The context, which the server gives back with a downlink, is the concentrator's counter. */
export function uplinkFrame(gatewayId: string, uplink: GatewayUplink, uplinkId: number): Buffer {
  const writer = new ProtobufWriter(512);
  const context = Buffer.allocUnsafe(4);
  context.writeUInt32BE(concentratorCounter(gatewayId, uplink.heardAtMs));
  writer.bytes(1, uplink.phyPayload);
  writer.message(4, () => {
    writer.uint32(1, uplink.frequency_Hz);
    writer.message(2, () =>
      writer.message(3, () => {
        writer.uint32(1, 125_000);
        writer.uint32(2, uplink.spreadingFactor);
        writer.uint32(5, CR_4_5);
      }),
    );
  });
  writer.message(5, () => {
    writer.text(1, gatewayId);
    writer.uint32(2, uplinkId);
    writer.time(3, uplink.heardAtMs);
    writer.int32(6, uplink.rssi);
    writer.float(7, uplink.snr);
    writer.uint32(8, uplink.channel);
    writer.uint32(9, uplink.channel < 3 ? 1 : 0);
    writer.bytes(13, context);
    writer.uint32(16, CRC_OK);
  });
  return writer.take();
}

/** `GatewayStats`: the counts since the last one. */
export function gatewayStats(gateway: Gateway, atMs: number, counts: GatewayCounts): Buffer {
  const writer = new ProtobufWriter(256);
  writer.time(2, atMs);
  writer.message(3, () => {
    writer.double(1, gateway.latitude);
    writer.double(2, gateway.longitude);
    writer.double(3, gateway.altitude);
  });
  writer.uint32(5, counts.received);
  writer.uint32(6, counts.received);
  writer.uint32(7, counts.downlinks);
  writer.uint32(8, counts.sent);
  writer.text(17, gateway.id);
  return writer.take();
}

/** `ConnState`. */
export function connState(gatewayId: string, isOnline: boolean): Buffer {
  const writer = new ProtobufWriter(64);
  writer.uint32(2, isOnline ? 1 : 0);
  writer.text(3, gatewayId);
  return writer.take();
}

/** `DownlinkTxAck`: for each item of the command what became of it. */
export function downlinkTxAck(
  gatewayId: string,
  downlinkId: number,
  items: readonly (TxStatus | 'IGNORED')[],
): Buffer {
  const writer = new ProtobufWriter(64);
  writer.uint32(2, downlinkId);
  for (const item of items) writer.message(5, () => writer.uint32(1, TX_STATUS[item]));
  writer.text(6, gatewayId);
  return writer.take();
}

export interface DownlinkCommand {
  readonly gatewayId: string;
  readonly downlinkId: number;
  /** In the order in which they are to be tried: usually the first and the second receive window. */
  readonly items: readonly GatewayDownlink[];
}

/**
 * `DownlinkFrame`.
 *
 * @throws RangeError where the bytes are not one.
 */
export function readDownlinkFrame(bytes: Uint8Array): DownlinkCommand {
  const frame = readFields(bytes);
  return {
    gatewayId: frame.text(7),
    downlinkId: frame.number(3),
    items: frame.messages(5).map((item) => {
      const txInfo = item.message(3);
      const timing = txInfo.message(6);
      const context = txInfo.bytes(7);
      const delay = timing.has(2) ? timing.message(2).message(1) : undefined;
      const since = context.length >= 4 ? Buffer.from(context).readUInt32BE(0) : 0;
      return {
        phyPayload: Buffer.from(item.bytes(1)),
        frequency_Hz: txInfo.number(1),
        spreadingFactor: txInfo.message(3).message(3).number(2),
        tmst:
          delay === undefined
            ? null
            : (since + delay.number(1) * 1e6 + Math.round(delay.number(2) / 1000)) % 2 ** 32,
      };
    }),
  };
}
