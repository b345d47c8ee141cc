import { VeilleurError } from '@veilleur/domain';
import type { GatewayDownlink, GatewayUplink, TxStatus } from './gateway-port.ts';

/** Semtech's packet forwarder protocol, version 2 (Lora-net/packet_forwarder:PROTOCOL.TXT). */
const VERSION = 2;
export const DATAGRAM = {
  pushData: 0x00,
  pushAck: 0x01,
  pullData: 0x02,
  pullResp: 0x03,
  pullAck: 0x04,
  txAck: 0x05,
} as const;

function header(token: number, type: number, gatewayId?: string): Buffer {
  const head = Buffer.from([VERSION, token >> 8, token & 0xff, type]);
  return gatewayId === undefined ? head : Buffer.concat([head, Buffer.from(gatewayId, 'hex')]);
}

/** What a gateway counts of itself. */
export interface GatewayStat {
  readonly atMs: number;
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude: number;
  readonly rxnb: number;
  readonly rxok: number;
  readonly rxfw: number;
  /** Percent of the PUSH_DATA that were acknowledged. */
  readonly ackr: number;
  readonly dwnb: number;
  readonly txnb: number;
}

export function pullData(token: number, gatewayId: string): Buffer {
  return header(token, DATAGRAM.pullData, gatewayId);
}

export function pushUplink(token: number, gatewayId: string, uplink: GatewayUplink, tmst: number): Buffer {
  const { phyPayload, spreadingFactor } = uplink;
  const rxpk = {
    // Microseconds, as the concentrator's GPS would have them.
    time: `${new Date(uplink.heardAtMs).toISOString().slice(0, -1)}${String(Math.floor((uplink.heardAtMs * 1000) % 1000)).padStart(3, '0')}Z`,
    tmst,
    chan: uplink.channel,
    rfch: uplink.channel < 3 ? 1 : 0,
    freq: uplink.frequency_Hz / 1e6,
    stat: 1,
    modu: 'LORA',
    datr: `SF${spreadingFactor}BW125`,
    codr: '4/5',
    rssi: uplink.rssi,
    lsnr: Math.round(uplink.snr * 10) / 10,
    size: phyPayload.length,
    data: phyPayload.toString('base64'),
  };
  return push(token, gatewayId, { rxpk: [rxpk] });
}

export function pushStat(token: number, gatewayId: string, stat: GatewayStat): Buffer {
  const { atMs, latitude, longitude, altitude, ...counts } = stat;
  const time = `${new Date(atMs).toISOString().slice(0, 19).replace('T', ' ')} GMT`;
  return push(token, gatewayId, {
    stat: { time, lati: latitude, long: longitude, alti: altitude, ...counts },
  });
}

function push(token: number, gatewayId: string, content: object): Buffer {
  return Buffer.concat([header(token, DATAGRAM.pushData, gatewayId), Buffer.from(JSON.stringify(content))]);
}

const TX_ACK_ERROR: Readonly<Record<TxStatus, string>> = {
  OK: 'NONE',
  TOO_LATE: 'TOO_LATE',
  TOO_EARLY: 'TOO_EARLY',
  TX_FREQ: 'TX_FREQ',
  // The protocol has no name for it; a datagram that can't be read collides with nothing else.
  INTERNAL_ERROR: 'COLLISION_PACKET',
};

/** @param token of the PULL_RESP. */
export function txAck(token: number, gatewayId: string, status: TxStatus): Buffer {
  const json = JSON.stringify({ txpk_ack: { error: TX_ACK_ERROR[status] } });
  return Buffer.concat([header(token, DATAGRAM.txAck, gatewayId), Buffer.from(json)]);
}

/** What a server sends to a gateway. */
export type ServerDatagram =
  | { readonly kind: 'push_ack' | 'pull_ack'; readonly token: number }
  | { readonly kind: 'pull_resp'; readonly token: number; readonly downlink: GatewayDownlink };

/** @throws VeilleurError `datagram_invalid` */
export function readServerDatagram(bytes: Buffer): ServerDatagram {
  if (bytes.length < 4 || bytes[0] !== VERSION) throw invalid(`${bytes.length} bytes of version ${bytes[0]}`);
  const token = bytes.readUInt16BE(1);
  switch (bytes[3]) {
    case DATAGRAM.pushAck:
      return { kind: 'push_ack', token };
    case DATAGRAM.pullAck:
      return { kind: 'pull_ack', token };
    case DATAGRAM.pullResp:
      return { kind: 'pull_resp', token, downlink: readTxpk(bytes.subarray(4)) };
    default:
      throw invalid(`a server does not send type ${bytes[3]}`);
  }
}

interface Txpk {
  readonly imme?: unknown;
  readonly tmst?: unknown;
  readonly freq?: unknown;
  readonly datr?: unknown;
  readonly data?: unknown;
}

function readTxpk(json: Buffer): GatewayDownlink {
  let txpk: Txpk | undefined;
  try {
    txpk = (JSON.parse(json.toString()) as { txpk?: Txpk }).txpk;
  } catch {
    throw invalid('PULL_RESP without JSON');
  }
  const { imme, tmst, freq, datr, data } = txpk ?? {};
  const spreadingFactor = /^SF(\d+)BW125$/.exec(String(datr))?.[1];
  if (spreadingFactor === undefined || typeof data !== 'string' || typeof freq !== 'number')
    throw invalid('PULL_RESP without a LoRa txpk');
  return {
    phyPayload: Buffer.from(data, 'base64'),
    frequency_Hz: Math.round(freq * 1e6),
    spreadingFactor: Number(spreadingFactor),
    tmst: imme === true || typeof tmst !== 'number' ? null : tmst,
  };
}

function invalid(what: string): VeilleurError {
  return new VeilleurError('datagram_invalid', `not of Semtech's protocol: ${what}`);
}
