import { RX2_HZ } from '../radio/eu868.ts';
import type { DeviceKeys } from './device-keys.ts';
import { type LoraPacket, loraPacket } from './lora-packet.ts';
import { type DeviceStatusFacts, type MacSettings, obey } from './mac-commands.ts';

/** What is wrong with a frame, on demand. */
export type FrameFault =
  /** One bit of the MIC is turned. */
  | 'wrong_mic'
  /** MIC and payload are made with keys that nobody else has. */
  | 'wrong_key'
  /** The frame before this one is sent again, as an eavesdropper would. */
  | 'replay';

export interface AppFrame {
  readonly fPort: number;
  readonly payload: Uint8Array;
  readonly confirmed: boolean;
}

interface SessionKeys {
  /** In the order of display. */
  readonly devAddr: Buffer;
  readonly nwkSKey: Buffer;
  readonly appSKey: Buffer;
}

/** What a downlink was to the device. */
export type Taken =
  | { readonly kind: 'join_accept' }
  | {
      readonly kind: 'data';
      /** The server has the confirmed frame that the device sent last. */
      readonly acknowledges: boolean;
      /** It waits for an acknowledgement itself, which the next uplink brings. */
      readonly confirmed: boolean;
      readonly fPort: number | null;
      readonly payload: Uint8Array;
    }
  | {
      readonly kind: 'refused';
      readonly reason: 'not_ours' | 'wrong_mic' | 'old_counter' | 'not_a_downlink';
    };

/** After so many uplinks without a downlink a device asks whether it is heard, and then speaks more slowly. */
const ADR_ACK_LIMIT = 64;
const ADR_ACK_DELAY = 32;
const MOST_FOPTS = 15;
/** MHDR, its 12 bytes and MIC, or 16 more of channels (CFList). */
const JOIN_ACCEPT_BYTES = [17, 33];
/** MHDR, FHDR without options, MIC. */
const SHORTEST_DATA_BYTES = 12;
const NOT_THE_KEY = Buffer.alloc(16, 0x5a);

/**
 * The MAC layer of one LoRaWAN 1.0.x class A device: keys, counters, MAC commands. It knows no time and
 * no radio: it makes PHYPayloads and takes PHYPayloads.
 */
export class EndDevice {
  readonly devEui: string;
  readonly settings: MacSettings = {
    dataRate: 5,
    txPower: 0,
    nbTrans: 1,
    channelMask: 0xff,
    rx1DataRateOffset: 0,
    rx2DataRate: 0,
    rx2_Hz: RX2_HZ,
    rx1DelayMs: 1000,
  };
  /** What DevStatusAns says; its owner keeps it right. */
  status: DeviceStatusFacts = { battery: 255, margin_dB: 0 };
  readonly #keys: DeviceKeys;
  #session: SessionKeys | undefined;
  #devNonce: number;
  #fCntUp = 0;
  #fCntDown = -1;
  #answers: Buffer = Buffer.alloc(0);
  #owesAck = false;
  #withoutDownlink = 0;
  #last: Buffer | undefined;

  /** @param devNonce the last one used, from an earlier life: the next join takes the one above. */
  constructor(devEui: string, keys: DeviceKeys, devNonce = 0) {
    this.devEui = devEui;
    this.#keys = keys;
    this.#devNonce = devNonce;
  }

  get isJoined(): boolean {
    return this.#session !== undefined;
  }

  /** Lower case hexadecimal; undefined before the join. */
  get devAddr(): string | undefined {
    return this.#session?.devAddr.toString('hex');
  }

  /** Of the next uplink, 32 bits. */
  get fCntUp(): number {
    return this.#fCntUp;
  }

  get devNonce(): number {
    return this.#devNonce;
  }

  /** The next uplink has something to tell even without a payload: an acknowledgement or answers. */
  get hasToAnswer(): boolean {
    return this.#owesAck || this.#answers.length > 0;
  }

  /** As a device that is activated by personalisation, or one that was joined before. */
  personalise(session: SessionKeys, fCntUp = 0): void {
    this.#session = session;
    this.#fCntUp = fCntUp;
    this.#fCntDown = -1;
  }

  /** Forgets its session, as after a restart: DevNonce is all that it keeps. */
  restart(): void {
    this.#session = undefined;
    this.#answers = Buffer.alloc(0);
    this.#owesAck = false;
  }

  /** The next JoinRequest, its DevNonce one above the last. */
  joinRequest(fault?: FrameFault): Buffer {
    if (fault === 'replay' && this.#last !== undefined) return this.#last;
    this.#devNonce = (this.#devNonce + 1) & 0xffff;
    const packet = loraPacket.fromFields(
      {
        MType: 'Join Request',
        AppEUI: Buffer.from(this.#keys.joinEui, 'hex'),
        DevEUI: Buffer.from(this.devEui, 'hex'),
        DevNonce: Buffer.from([this.#devNonce >> 8, this.#devNonce & 0xff]),
      },
      undefined,
      undefined,
      fault === 'wrong_key' ? NOT_THE_KEY : this.#keys.appKey,
    );
    return this.#sent(packet, fault);
  }

  /**
   * The next data frame: FRMPayload encrypted, MIC, the answers that are owed in FOpts.
   *
   * @param frame null for one that only answers.
   */
  uplink(frame: AppFrame | null, fault?: FrameFault): Buffer {
    if (this.#session === undefined) throw new RangeError(`${this.devEui} has not joined`);
    if (fault === 'replay' && this.#last !== undefined) return this.#last;
    const { devAddr, nwkSKey, appSKey } = this.#session;
    const fOpts = this.#answers.subarray(0, MOST_FOPTS);
    this.#answers = this.#answers.subarray(fOpts.length);
    const fCnt = this.#fCntUp++;
    const high = Buffer.from([(fCnt >>> 16) & 0xff, (fCnt >>> 24) & 0xff]);
    const mac = fault === 'wrong_key' ? NOT_THE_KEY : nwkSKey;
    const packet = loraPacket.fromFields(
      {
        MType: frame?.confirmed ? 'Confirmed Data Up' : 'Unconfirmed Data Up',
        DevAddr: devAddr,
        FCtrl: { ADR: true, ADRACKReq: this.#asksForDownlink(), ACK: this.#owesAck },
        FCnt: Buffer.from([(fCnt >>> 8) & 0xff, fCnt & 0xff]),
        FOpts: Buffer.from(fOpts),
        payload: Buffer.from(frame?.payload ?? []),
        ...(frame === null ? {} : { FPort: frame.fPort }),
      },
      fault === 'wrong_key' ? NOT_THE_KEY : appSKey,
      mac,
      undefined,
      high,
    );
    // Without FPort the package leaves the MIC to us.
    if (frame === null) loraPacket.recalculateMIC(packet, mac, undefined, high);
    this.#owesAck = false;
    return this.#sent(packet, fault);
  }

  /** What a receive window brought. */
  take(phyPayload: Uint8Array): Taken {
    const bytes = Buffer.from(phyPayload);
    const type = (bytes[0] ?? 0) >> 5;
    if (type === 1) return this.#takeJoinAccept(bytes);
    if ((type !== 3 && type !== 5) || bytes.length < SHORTEST_DATA_BYTES)
      return { kind: 'refused', reason: 'not_a_downlink' };
    return this.#takeData(bytes);
  }

  #takeJoinAccept(bytes: Buffer): Taken {
    const { appKey } = this.#keys;
    const refused = { kind: 'refused', reason: 'wrong_mic' } as const;
    if (!JOIN_ACCEPT_BYTES.includes(bytes.length)) return refused;
    const plain = loraPacket.decryptJoinAccept(loraPacket.fromWire(bytes), appKey);
    // OptNeg offers LoRaWAN 1.1: not to a 1.0 device, so this is noise out of another key.
    if (((plain[11] as number) & 0x80) !== 0) return refused;
    const accept = loraPacket.fromWire(plain);
    if (!loraPacket.verifyMIC(accept, undefined, appKey)) return refused;
    const devNonce = Buffer.from([this.#devNonce >> 8, this.#devNonce & 0xff]);
    const appNonce = accept.AppNonce as Buffer;
    const netId = accept.NetID as Buffer;
    const keys = loraPacket.generateSessionKeys10(appKey, netId, appNonce, devNonce);
    this.personalise({
      devAddr: Buffer.from(accept.DevAddr as Buffer),
      nwkSKey: keys.NwkSKey.subarray(0, 16),
      appSKey: keys.AppSKey.subarray(0, 16),
    });
    this.settings.rx1DelayMs = Math.max(1, accept.getRxDelayDel() ?? 1) * 1000;
    this.settings.rx1DataRateOffset = accept.getDLSettingsRxOneDRoffset() ?? 0;
    this.settings.rx2DataRate = accept.getDLSettingsRxTwoDataRate() ?? 0;
    this.settings.channelMask = 0xff;
    this.#withoutDownlink = 0;
    return { kind: 'join_accept' };
  }

  #takeData(bytes: Buffer): Taken {
    const packet = loraPacket.fromWire(bytes);
    const session = this.#session;
    if (session === undefined || !session.devAddr.equals(packet.DevAddr as Buffer)) {
      return { kind: 'refused', reason: 'not_ours' };
    }
    const low = packet.getFCnt() ?? 0;
    const fCnt = fullCounter(low, this.#fCntDown);
    const high = Buffer.from([(fCnt >>> 16) & 0xff, (fCnt >>> 24) & 0xff]);
    if (!loraPacket.verifyMIC(packet, session.nwkSKey, undefined, high)) {
      // A replay differs from a forgery: its MIC is right for the counter that it had.
      const isOld = low === (this.#fCntDown & 0xffff);
      return { kind: 'refused', reason: isOld ? 'old_counter' : 'wrong_mic' };
    }
    this.#fCntDown = fCnt;
    this.#withoutDownlink = 0;
    const fPort = packet.FPort !== undefined && packet.FPort.length > 0 ? packet.getFPort() : null;
    const payload =
      fPort === null ? Buffer.alloc(0) : loraPacket.decrypt(packet, session.appSKey, session.nwkSKey, high);
    // MAC commands stand in FOpts, or as the payload of port 0.
    const commands = fPort === 0 ? payload : (packet.FOpts ?? Buffer.alloc(0));
    this.#answers = Buffer.concat([this.#answers, obey(commands, this.settings, this.status)]);
    const confirmed = packet.isConfirmed();
    this.#owesAck ||= confirmed;
    return { kind: 'data', acknowledges: packet.getFCtrlACK() ?? false, confirmed, fPort, payload };
  }

  #asksForDownlink(): boolean {
    this.#withoutDownlink += 1;
    const late = this.#withoutDownlink - ADR_ACK_LIMIT;
    if (late > 0 && late % ADR_ACK_DELAY === 0 && this.settings.dataRate > 0) this.settings.dataRate -= 1;
    return late > 0;
  }

  #sent(packet: LoraPacket, fault: FrameFault | undefined): Buffer {
    const bytes = Buffer.from(packet.PHYPayload as Buffer);
    if (fault === 'wrong_mic') bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 0x01;
    else if (fault === undefined) this.#last = bytes;
    return bytes;
  }
}

/** The 32 bits of a counter of which the air carries 16: the least that is above the last one. */
function fullCounter(low: number, last: number): number {
  if (last < 0) return low;
  const sameHigh = (last & 0xffff0000) >>> 0;
  const candidate = sameHigh + low;
  return candidate > last ? candidate : candidate + 0x10000;
}
