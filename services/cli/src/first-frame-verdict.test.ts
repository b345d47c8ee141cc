import { DevEui } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';
import { type DeviceFacts, judge } from './first-frame-verdict.ts';

const NOW = new Date('2026-03-01T12:10:00Z');
const FRAME_AT = new Date('2026-03-01T12:00:00Z');
const devEui = DevEui('70b3d5e75e000001');

const heard = (snr: number, gateways = 1) =>
  Array.from({ length: gateways }, (_, i) => ({ gatewayId: `gateway ${i}`, snr: snr - i, rssi: -100 }));

const WELL: DeviceFacts = {
  device: {
    devEui,
    name: 'eau-mairie',
    applicationName: 'eau',
    lnsProfileName: null,
    tags: {},
    profile: 'axioma/qalcosonic-w1',
    latitude: null,
    longitude: null,
    meteringPoint: null,
    firstSeenAt: FRAME_AT,
    lastFrameAt: FRAME_AT,
    lastFCnt: 1,
    lastDecoding: 'decoded',
  },
  joinedAt: new Date('2026-03-01T11:59:00Z'),
  frame: {
    receivedAt: FRAME_AT,
    fCnt: 1,
    dataRate: 5,
    decoding: 'decoded',
    decodingReason: null,
    receptions: heard(8, 3),
  },
  latest: [{ quantity: 'water_volume', channel: 0, unit: 'm3', time: FRAME_AT, value: 704.672 }],
  profile: { id: 'axioma/qalcosonic-w1', reportInterval: 'PT1H' },
};

const frame = (changed: Partial<NonNullable<DeviceFacts['frame']>>): DeviceFacts => ({
  ...WELL,
  frame: WELL.frame && { ...WELL.frame, ...changed },
});

const sentenceOf = (facts: DeviceFacts, check: string, now = NOW) =>
  judge(facts, now, 'en').checks.find((found) => found.check === check);

describe('the first frames of a device', () => {
  it('are good when it joined, is heard well, decodes, and its next report is not late', () => {
    const { verdict, checks } = judge(WELL, NOW, 'en');
    expect(verdict).toBe('good');
    expect(checks.map(({ check }) => check)).toEqual(['join', 'radio', 'decoding', 'index', 'next_report']);
    expect(checks[1]?.sentence).toBe('3 gateways heard it, the best with 15.5 dB of margin: good.');
    expect(checks[4]?.sentence).toContain('2026-03-01T13:00:00.000Z');
  });

  it('wait for a device that has not joined', () => {
    const { verdict, checks } = judge(
      { ...WELL, device: null, joinedAt: null, frame: null, latest: [], profile: undefined },
      NOW,
      'en',
    );
    expect(verdict).toBe('waiting');
    expect(checks).toHaveLength(1);
    expect(checks[0]?.sentence).toContain('check its keys');
  });

  it.each([
    [5, 2.5, 'good'],
    [5, 2.4, 'attention'],
    [5, -2.6, 'attention'],
    [0, -9, 'good'],
    [0, -16, 'attention'],
  ])('at DR%i with an SNR of %f dB the radio is %s', (dataRate, snr, verdict) => {
    expect(sentenceOf(frame({ dataRate, receptions: heard(snr) }), 'radio')?.verdict).toBe(verdict);
  });

  it('name the command when no profile decodes them', () => {
    const found = sentenceOf(frame({ decoding: 'no_profile' }), 'decoding');
    expect(found).toMatchObject({ verdict: 'bad' });
    expect(found?.sentence).toContain(`veilleur device assign ${devEui}`);
  });

  it('quote the decoder that refuses', () => {
    const facts = frame({ decoding: 'failed', decodingReason: 'decoder_error: too short' });
    expect(sentenceOf(facts, 'decoding')?.sentence).toContain('decoder_error: too short');
  });

  it.each([
    ['12:59 the same day', '2026-03-01T12:59:00Z', 'good'],
    ['two reports later', '2026-03-01T14:11:00Z', 'good'],
    ['when two are missing', '2026-03-01T14:13:00Z', 'bad'],
  ])('are late only when two are missing: %s', (_title, now, verdict) => {
    expect(sentenceOf(WELL, 'next_report', new Date(now))?.verdict).toBe(verdict);
  });

  it('tell of an empty battery, as a level or as a flag', () => {
    const low = { quantity: 'battery_level', channel: 0, unit: '%', time: FRAME_AT, value: 12 } as const;
    expect(sentenceOf({ ...WELL, latest: [low] }, 'battery')?.sentence).toContain('12 %');
    const flag = { quantity: 'low_battery', channel: 0, unit: '1', time: FRAME_AT, value: 1 } as const;
    expect(sentenceOf({ ...WELL, latest: [flag] }, 'battery')?.verdict).toBe('attention');
  });

  it('speak French', () => {
    expect(judge(WELL, NOW, 'fr').checks[1]?.sentence).toBe(
      '3 passerelles l’ont entendu, la meilleure avec 15.5 dB de marge : bien.',
    );
  });
});
