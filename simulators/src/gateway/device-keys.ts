import { derive, hash } from '../seeded.ts';

/** What is written into a device at the factory and into the network server by its owner. */
export interface DeviceKeys {
  /** JoinEUI, which LoRaWAN 1.0 calls AppEUI: 16 hexadecimal digits. */
  readonly joinEui: string;
  /** 16 bytes. */
  readonly appKey: Buffer;
}

/** Simulated devices' keys follow from seed and DevEUI, so that a server can be provisioned with them. */
export function deviceKeys(seed: number, devEui: string): DeviceKeys {
  const key = derive(hash(derive(0, 'AppKey'), seed), devEui);
  const appKey = Buffer.allocUnsafe(16);
  for (let word = 0; word < 4; word++) appKey.writeUInt32BE(hash(key, word), word * 4);
  return { joinEui: '02564c0000000000', appKey };
}

/** Personalised devices (ABP) have no join: address and session keys are written into them. */
export function personalisedSession(seed: number, devEui: string) {
  const key = derive(hash(derive(0, 'ABP'), seed), devEui);
  const words = (from: number) => {
    const bytes = Buffer.allocUnsafe(16);
    for (let word = 0; word < 4; word++) bytes.writeUInt32BE(hash(key, from + word), word * 4);
    return bytes;
  };
  const devAddr = Buffer.from([0x02, 0, 0, 0]);
  devAddr.writeUIntBE(hash(key, 8) & 0xffffff, 1, 3);
  return { devAddr, nwkSKey: words(0), appSKey: words(4) };
}
