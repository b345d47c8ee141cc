import { describe, expect, it } from 'vitest';
import { cmac } from '../fixtures/lorawan-by-hand.ts';
import { NetworkServer, type Received } from '../fixtures/network-server.ts';
import { deviceKeys, personalisedSession } from './device-keys.ts';
import { EndDevice } from './end-device.ts';

const DEV_EUI = '02564c0000000001';
const keysOf = (devEui: string) => deviceKeys(1, devEui);

function joined() {
  const server = new NetworkServer((devEui) => keysOf(devEui).appKey);
  const device = new EndDevice(DEV_EUI, keysOf(DEV_EUI));
  const request = server.receive(device.joinRequest());
  if (request.kind !== 'join') throw new Error('no join');
  expect(device.take(request.accept)).toEqual({ kind: 'join_accept' });
  return { server, device };
}

const frame = (text: string, confirmed = false) => ({ fPort: 3, payload: Buffer.from(text), confirmed });
const data = (received: Received) => {
  if (received.kind !== 'data') throw new Error(`not data: ${JSON.stringify(received)}`);
  return received;
};

describe('the other path, which the frames are checked by', () => {
  it('computes what RFC 4493 prints', () => {
    const key = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');
    const message = Buffer.from(
      '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411',
      'hex',
    );
    expect(cmac(key, Buffer.alloc(0)).toString('hex')).toBe('bb1d6929e95937287fa37d129b756746');
    expect(cmac(key, message.subarray(0, 16)).toString('hex')).toBe('070a16b46b4d4144f79bdd9dd04a287c');
    expect(cmac(key, message).toString('hex')).toBe('dfa66747de9ae63030ca32611497c827');
  });
});

describe('a device joins', () => {
  it('and both sides have the same keys: what it encrypts the server reads', () => {
    const { server, device } = joined();
    for (const [fCnt, text] of ['first', 'a payload of more than one block of sixteen bytes', ''].entries()) {
      expect(server.receive(device.uplink(frame(text)))).toMatchObject({
        kind: 'data',
        devEui: DEV_EUI,
        fCnt,
        fPort: 3,
        payload: Buffer.from(text),
        adr: true,
        confirmed: false,
      });
    }
  });

  it('with a DevNonce that rises, also over a restart, and counts anew', () => {
    const { server, device } = joined();
    server.receive(device.uplink(frame('before')));
    const before = device.devAddr;
    device.restart();
    expect(device.isJoined).toBe(false);
    const again = server.receive(device.joinRequest());
    if (again.kind !== 'join') throw new Error('no join');
    expect(again.devNonce).toBe(2);
    device.take(again.accept);
    expect(device.devAddr).not.toBe(before);
    expect(data(server.receive(device.uplink(frame('after')))).fCnt).toBe(0);
  });

  it('not with a JoinAccept that somebody else made, or that was changed', () => {
    const server = new NetworkServer(() => Buffer.alloc(16, 1));
    const device = new EndDevice(DEV_EUI, keysOf(DEV_EUI));
    expect(server.receive(device.joinRequest())).toEqual({ kind: 'refused', why: 'mic' });
    const forged = Buffer.alloc(17, 7);
    forged[0] = 0x20;
    expect(device.take(forged)).toEqual({ kind: 'refused', reason: 'wrong_mic' });
    expect(device.isJoined).toBe(false);
  });
});

describe('counters of 32 bits', () => {
  it('go on past the 16 that are on the air, in MIC and cipher', () => {
    const session = personalisedSession(1, DEV_EUI);
    const server = new NetworkServer((devEui) => keysOf(devEui).appKey);
    server.personalise(DEV_EUI, session, 65_533);
    const device = new EndDevice(DEV_EUI, keysOf(DEV_EUI));
    device.personalise(session, 65_534);
    const read = Array.from({ length: 4 }, () =>
      data(server.receive(device.uplink(frame('tour du compteur')))),
    );
    expect(read.map(({ fCnt }) => fCnt)).toEqual([65_534, 65_535, 65_536, 65_537]);
    expect(read.map(({ payload }) => payload.toString())).toEqual(Array(4).fill('tour du compteur'));
  });
});

describe('what the server asks', () => {
  it('is done and answered in the next uplink: LinkADRReq and DevStatusReq', () => {
    const { server, device } = joined();
    device.status = { battery: 200, margin_dB: -5 };
    // DR 3, TXPower 2, channels 0 to 2, NbTrans 2.
    const fOpts = Buffer.from([0x03, 0x32, 0x07, 0x00, 0x02, 0x06]);
    expect(device.take(server.downlink(DEV_EUI, { fOpts }))).toMatchObject({
      kind: 'data',
      confirmed: false,
    });
    expect(device.settings).toMatchObject({ dataRate: 3, txPower: 2, nbTrans: 2, channelMask: 7 });
    const answer = data(server.receive(device.uplink(frame('x'))));
    expect(answer.fOpts.toString('hex')).toBe(`0307${'06c8'}${(-5 & 0x3f).toString(16)}`);
    // Once.
    expect(data(server.receive(device.uplink(frame('x')))).fOpts).toHaveLength(0);
  });

  it.each([
    ['data rate 6, which EU868 has only at 250 kHz', [0x03, 0x60, 0x07, 0x00, 0x01], 0b101],
    ['no channel at all', [0x03, 0x50, 0x00, 0x00, 0x01], 0b110],
    ['a channel that does not exist', [0x03, 0x50, 0x00, 0x80, 0x01], 0b110],
    ['a power below the least', [0x03, 0x5f & 0xf8, 0x07, 0x00, 0x01], 0b011],
  ])('is refused as a whole when it is impossible: %s', (_, request, status) => {
    const { server, device } = joined();
    const before = { ...device.settings };
    device.take(server.downlink(DEV_EUI, { fOpts: Buffer.from(request) }));
    expect(device.settings).toEqual(before);
    expect([...data(server.receive(device.uplink(frame('x')))).fOpts]).toEqual([0x03, status]);
  });

  it('may come as the payload of port 0, under the network key', () => {
    const { server, device } = joined();
    device.take(server.downlink(DEV_EUI, { fPort: 0, payload: Buffer.from([0x06]) }));
    expect(data(server.receive(device.uplink(frame('x')))).fOpts[0]).toBe(0x06);
  });

  it('and confirmed, is acknowledged by the next uplink, even one without a payload', () => {
    const { server, device } = joined();
    const down = server.downlink(DEV_EUI, { fPort: 9, payload: Buffer.from('éteins'), confirmed: true });
    expect(device.take(down)).toMatchObject({
      kind: 'data',
      confirmed: true,
      fPort: 9,
      payload: Buffer.from('éteins'),
    });
    expect(device.hasToAnswer).toBe(true);
    expect(data(server.receive(device.uplink(null)))).toMatchObject({ ack: true, fPort: null, fCnt: 0 });
    expect(data(server.receive(device.uplink(frame('x')))).ack).toBe(false);
  });

  it('is not done twice: a replayed downlink is refused, and so is a forged one', () => {
    const { server, device } = joined();
    const down = server.downlink(DEV_EUI, { fOpts: Buffer.from([0x06]) });
    device.take(down);
    device.uplink(frame('x'));
    expect(device.take(down)).toEqual({ kind: 'refused', reason: 'old_counter' });
    const forged = Buffer.from(server.downlink(DEV_EUI));
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(device.take(forged)).toEqual({ kind: 'refused', reason: 'wrong_mic' });
    expect(device.hasToAnswer).toBe(false);
  });
});

describe('frames that are wrong on demand', () => {
  it('are refused: a wrong MIC, a wrong key, a replay', () => {
    const { server, device } = joined();
    expect(server.receive(device.uplink(frame('x'), 'wrong_mic'))).toEqual({ kind: 'refused', why: 'mic' });
    expect(server.receive(device.uplink(frame('x'), 'wrong_key'))).toEqual({ kind: 'refused', why: 'mic' });
    const good = device.uplink(frame('good'));
    expect(data(server.receive(good)).fCnt).toBe(2);
    expect(device.uplink(frame('y'), 'replay')).toEqual(good);
    expect(data(server.receive(device.uplink(frame('z'))))).toMatchObject({ fCnt: 3, isRepeat: false });
    expect(server.receive(good)).toEqual({ kind: 'refused', why: 'replayed_counter' });
  });

  it('also when joining', () => {
    const server = new NetworkServer((devEui) => keysOf(devEui).appKey);
    const device = new EndDevice(DEV_EUI, keysOf(DEV_EUI));
    expect(server.receive(device.joinRequest('wrong_mic'))).toEqual({ kind: 'refused', why: 'mic' });
    expect(server.receive(device.joinRequest('wrong_key'))).toEqual({ kind: 'refused', why: 'mic' });
    const good = device.joinRequest();
    expect(server.receive(good).kind).toBe('join');
    expect(server.receive(device.joinRequest('replay'))).toEqual({ kind: 'refused', why: 'replayed_nonce' });
  });
});

describe('a device that hears nothing', () => {
  it('asks for an answer after 64 frames and speaks more slowly 32 later', () => {
    const { server, device } = joined();
    const asked: number[] = [];
    for (let n = 0; n < 100; n++) {
      const phy = device.uplink(frame('x'));
      expect(server.receive(phy).kind).toBe('data');
      if (((phy[5] ?? 0) & 0x40) !== 0) asked.push(n);
    }
    expect(asked[0]).toBe(64);
    expect(device.settings.dataRate).toBe(4);
  });
});
