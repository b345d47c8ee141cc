import { describe, expect, it } from 'vitest';
import { readLnsMessage } from '../../packages/lns/src/index.ts';
import { CITY_GATEWAYS, devicesAround, emissionsOf } from '../../simulators/src/fixtures/emissions.ts';
import { LNS_FORMATS } from '../../simulators/src/lns/lns-message.ts';
import { toMessages } from '../../simulators/src/lns/messages.ts';
import type { RadioPlan } from '../../simulators/src/radio/plan.ts';
import { transmit } from '../../simulators/src/radio/transmit.ts';

const PLAN: RadioPlan = {
  gateways: CITY_GATEWAYS,
  activation: 'join_first',
  downlinkLossShare: 0.2,
  server: { replicaShare: 0.1, redeliveryShare: 0.1, reorderShare: 0.1, statusEveryMs: 3_600_000 },
};

describe.each(LNS_FORMATS)('the simulated network server in %s', (format) => {
  it('is read by the bridge as what the radio did, message by message', () => {
    const load = { reports: 20, confirmedShare: 0.3 };
    const events = transmit(emissionsOf(devicesAround(100), load), PLAN, 1);
    const kinds = new Set<string>();
    for (const { topic, payload, event } of toMessages(events, format, CITY_GATEWAYS)) {
      const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
      const reading = readLnsMessage(topic, bytes);
      if (reading.outcome === 'broken') throw new Error(`${topic}: ${reading.reason}`);
      if (reading.outcome === 'event') {
        kinds.add(`${event.kind} as ${reading.event.kind}`);
        continue;
      }
      kinds.add(`${event.kind} as frame`);
      const sent = event.kind === 'repeat' ? event.of : event;
      if (sent.kind !== 'frame') throw new Error(`${sent.kind} became a frame`);
      const { emission, fCnt, session } = sent;
      expect(reading.frame).toMatchObject({
        lns: format === 'the-things-stack-v3' ? 'tts-v3-json' : format,
        fCnt,
        fPort: emission.fPort,
        confirmed: emission.confirmed,
        encrypted: false,
        device: { devEui: emission.device.devEui },
      });
      expect(Buffer.from(reading.frame.payload).equals(emission.payload)).toBe(true);
      if (format !== 'the-things-stack-v3') expect(reading.frame.sessionKey).toBe(session.devAddr);
      if (event.kind === 'frame') {
        expect(reading.frame.receivedAt).toEqual(event.receivedAt);
        expect(reading.frame.dataRate).toBe(event.dr);
        expect(reading.frame.frequencyHz).toBe(event.frequency_Hz);
        expect(
          reading.frame.receptions.map(({ gatewayId, rssi, snr }) => ({ gatewayId, rssi, snr })),
        ).toEqual(event.receptions.map(({ gatewayId, rssi, snr }) => ({ gatewayId, rssi, snr })));
      }
    }
    const quiet = format === 'the-things-stack-v3';
    expect([...kinds].toSorted()).toEqual([
      'frame as frame',
      'join as join',
      'repeat as frame',
      ...(quiet ? [] : ['repeat as log', 'status as status']),
    ]);
  });
});
