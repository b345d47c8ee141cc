import { CHANNELS_HZ } from '../radio/eu868.ts';

/** What the network server can change of a device by MAC commands (LoRaWAN 1.0.3, chapter 5). */
export interface MacSettings {
  /** 0 to 5. */
  dataRate: number;
  /** TXPower of the regional parameters: 0 is the most. */
  txPower: number;
  nbTrans: number;
  /** Bits of the channels that may be used, of eight. */
  channelMask: number;
  rx1DataRateOffset: number;
  rx2DataRate: number;
  rx2_Hz: number;
  /** RECEIVE_DELAY1; the second window opens a second later. */
  rx1DelayMs: number;
}

/** What a device says of itself in DevStatusAns. */
export interface DeviceStatusFacts {
  /** 0 external power, 1 to 254 empty to full, 255 unknown. */
  readonly battery: number;
  /** Of the last downlink's SNR, dB, -32 to 31. */
  readonly margin_dB: number;
}

const CID = {
  linkCheck: 0x02,
  linkAdr: 0x03,
  dutyCycle: 0x04,
  rxParamSetup: 0x05,
  devStatus: 0x06,
  newChannel: 0x07,
  rxTimingSetup: 0x08,
  txParamSetup: 0x09,
  dlChannel: 0x0a,
  deviceTime: 0x0d,
} as const;

/** Bytes behind the identifier of each command that a server sends. */
const LENGTH: Readonly<Record<number, number>> = {
  [CID.linkCheck]: 2,
  [CID.linkAdr]: 4,
  [CID.dutyCycle]: 1,
  [CID.rxParamSetup]: 4,
  [CID.devStatus]: 0,
  [CID.newChannel]: 5,
  [CID.rxTimingSetup]: 1,
  [CID.txParamSetup]: 1,
  [CID.dlChannel]: 4,
  [CID.deviceTime]: 5,
};

const ALL_CHANNELS = (1 << CHANNELS_HZ.length) - 1;
const KEEP = 0x0f;
const LOWEST_TX_POWER = 7;
const HIGHEST_DATA_RATE = 5;

/**
 * Does what a downlink's MAC commands ask, in their order, and gives the answers for the next uplink.
 * A command that is not known ends the reading, for its length is not known either.
 */
export function obey(commands: Uint8Array, settings: MacSettings, status: DeviceStatusFacts): Buffer {
  const answers: number[] = [];
  for (let at = 0; at < commands.length; ) {
    const cid = commands[at] as number;
    const length = LENGTH[cid];
    if (length === undefined || at + 1 + length > commands.length) break;
    const body = Buffer.from(commands.subarray(at + 1, at + 1 + length));
    if (cid === CID.linkAdr) {
      const block = [body];
      // Requests in a row are one: all are taken or none, and each is answered.
      while (commands[at + 5] === CID.linkAdr && at + 10 <= commands.length) {
        at += 5;
        block.push(Buffer.from(commands.subarray(at + 1, at + 5)));
      }
      const verdict = obeyLinkAdr(block, settings);
      for (const _ of block) answers.push(CID.linkAdr, verdict);
    } else answers.push(...answerTo(cid, body, settings, status));
    at += 1 + length;
  }
  return Buffer.from(answers);
}

function answerTo(cid: number, body: Buffer, settings: MacSettings, status: DeviceStatusFacts): number[] {
  switch (cid) {
    case CID.dutyCycle:
      // MaxDCycle: our own 1 % is kept anyway, and servers of EU868 do not ask for less.
      return [cid];
    case CID.rxParamSetup: {
      settings.rx1DataRateOffset = ((body[0] as number) >> 4) & 0x07;
      settings.rx2DataRate = (body[0] as number) & 0x0f;
      settings.rx2_Hz = body.readUIntLE(1, 3) * 100;
      return [cid, 0b111];
    }
    case CID.devStatus:
      return [cid, status.battery, status.margin_dB & 0x3f];
    case CID.newChannel:
      // The eight channels are fixed here: only a request for what is so already is granted.
      return [cid, CHANNELS_HZ[body[0] as number] === body.readUIntLE(1, 3) * 100 ? 0b11 : 0b00];
    case CID.rxTimingSetup:
      settings.rx1DelayMs = Math.max(1, (body[0] as number) & 0x0f) * 1000;
      return [cid];
    case CID.dlChannel:
      return [cid, 0b00];
    default:
      // Answers to what the device asked, and TxParamSetupReq, which EU868 devices do not answer.
      return [];
  }
}

/** @returns the status bits: power, data rate and channel mask understood. */
function obeyLinkAdr(block: readonly Buffer[], settings: MacSettings): number {
  let mask = settings.channelMask;
  let isMaskGood = true;
  for (const body of block) {
    const control = ((body[3] as number) >> 4) & 0x07;
    if (control === 0) mask = body.readUInt16LE(1);
    else if (control === 6) mask = ALL_CHANNELS;
    else isMaskGood = false;
  }
  isMaskGood &&= mask !== 0 && (mask & ~ALL_CHANNELS) === 0;
  // Data rate, power and NbTrans of the last request count.
  const last = block.at(-1) as Buffer;
  const asked = { dataRate: (last[0] as number) >> 4, txPower: (last[0] as number) & 0x0f };
  const dataRate = asked.dataRate === KEEP ? settings.dataRate : asked.dataRate;
  const txPower = asked.txPower === KEEP ? settings.txPower : asked.txPower;
  const isRateGood = dataRate <= HIGHEST_DATA_RATE;
  const isPowerGood = txPower <= LOWEST_TX_POWER;
  if (isMaskGood && isRateGood && isPowerGood) {
    settings.channelMask = mask;
    settings.dataRate = dataRate;
    settings.txPower = txPower;
    settings.nbTrans = Math.max(1, (last[3] as number) & 0x0f);
  }
  return (isPowerGood ? 4 : 0) | (isRateGood ? 2 : 0) | (isMaskGood ? 1 : 0);
}
