import { describe, expect, it } from 'vitest';
import { createCity } from '../city/city.ts';
import type { CityDevice } from '../city/city-device.ts';
import { DAY_MS, HOUR_MS } from '../city/clock.ts';
import { SMALL_CITY } from '../city/fixtures/plans.ts';
import type { CityPlanInput } from '../city/plan.ts';
import { encode, profileOf } from '../fixtures/encode.ts';
import { FAULT_KINDS, type FamilyId } from './kinds.ts';

type FaultInput = NonNullable<CityPlanInput['faults']>[number];

const FROM = '2026-02-10T20:00:00Z';
const TO = '2026-02-14T08:00:00Z';
const ms = (text: string) => Date.parse(text);

function cityWith(faults: readonly FaultInput[], plan: CityPlanInput = SMALL_CITY) {
  return createCity({ ...plan, faults: [...faults] }, encode);
}
function deviceOf(city: ReturnType<typeof createCity>, family: FamilyId, number: number): CityDevice {
  for (const device of city.devices()) {
    if (device.familyId === family && device.number === number) return device;
  }
  throw new Error(`no ${family} ${number}`);
}
const truthOf = (device: CityDevice, at: string | number, quantity: string, channel = 0) =>
  device.truth(new Date(at)).find((each) => each.quantity === quantity && each.channel === channel)?.value ??
  Number.NaN;
const flowed = (device: CityDevice, from: string | number, to: string | number) => {
  const units = (at: string | number) =>
    device.physics(new Date(at)).reduce((sum, each) => sum + each.units, 0);
  return units(to) - units(from);
};
/** What the frames of one device say, decoded. */
function framesOf(city: ReturnType<typeof createCity>, device: CityDevice, from: string, to: string) {
  const frames = [];
  for (const emission of city.emissions(new Date(from), new Date(to))) {
    if (emission.device !== device) continue;
    const result = profileOf(device.profileId).decode({
      bytes: emission.payload,
      fPort: emission.fPort,
      receivedAt: emission.at,
    });
    if (result.outcome === 'failed') throw new Error(result.reason);
    frames.push({ ...emission, measurements: result.measurements });
  }
  return frames;
}
const flag = (
  frames: ReturnType<typeof framesOf>,
  quantity: string,
): { readonly first: number | undefined; readonly last: number | undefined } => {
  const raised = frames.filter(({ measurements }) =>
    measurements.some((each) => each.quantity === quantity && each.value === 1),
  );
  return { first: raised[0]?.at.getTime(), last: raised.at(-1)?.at.getTime() };
};

describe('a leak', () => {
  it.each([
    ['leak_drip', 3.4],
    ['leak_valve', 14],
    ['leak_toilet', 20],
    ['leak_burst', 900],
  ] as const)('%s adds %d L/h to what a home draws, from its first second to its last', (kind, rate) => {
    const sound = deviceOf(cityWith([]), 'water', 9);
    const leaking = deviceOf(cityWith([{ kind, numbers: [9], from: FROM, to: TO }]), 'water', 9);
    const more_L = (from: number, to: number) => (flowed(leaking, from, to) - flowed(sound, from, to)) / 1000;
    expect(more_L(ms(FROM) - 30 * DAY_MS, ms(FROM))).toBe(0);
    expect(more_L(ms(FROM), ms(FROM) + HOUR_MS)).toBeCloseTo(rate, 6);
    expect(more_L(ms(FROM), ms(TO))).toBeCloseTo(rate * 84, 6);
    expect(more_L(ms(TO), ms(TO) + 30 * DAY_MS)).toBeCloseTo(0, 6);
  });

  it('is told by the meter after a day without a still hour, and no longer than it runs', () => {
    const city = cityWith([{ kind: 'leak_toilet', numbers: [9], from: FROM, to: TO }]);
    const frames = framesOf(city, deviceOf(city, 'water', 9), '2026-02-09T00:00:00Z', '2026-02-16T00:00:00Z');
    const { first, last } = flag(frames, 'leak');
    expect((first ?? 0) - ms(FROM)).toBeGreaterThanOrEqual(DAY_MS);
    expect((first ?? 0) - ms(FROM)).toBeLessThanOrEqual(DAY_MS + HOUR_MS);
    expect(ms(TO) - (last ?? 0)).toBeLessThanOrEqual(HOUR_MS);
    expect(ms(TO) - (last ?? 0)).toBeGreaterThan(0);
  });

  it('before the meters is seen by the district alone', () => {
    const plan = { ...SMALL_CITY, waterDistricts: 1 };
    const sound = cityWith([], plan);
    const leaking = cityWith([{ kind: 'leak_network', numbers: [0], from: FROM, to: TO, size: 700 }], plan);
    const at = '2026-03-01T00:00:00Z';
    const district = (city: typeof sound) => truthOf(deviceOf(city, 'district', 0), at, 'water_volume');
    expect(district(leaking) - district(sound)).toBeCloseTo(0.7 * 84, 3);
    for (const device of sound.devices()) {
      if (device.familyId === 'district') continue;
      expect(leaking.device(device.index).truth(new Date(at))).toEqual(device.truth(new Date(at)));
    }
  });
});

describe('a register', () => {
  it('that is stuck stands still while water flows, and loses it', () => {
    const meter = deviceOf(cityWith([{ kind: 'stuck', numbers: [4], from: FROM, to: TO }]), 'water', 4);
    const sound = deviceOf(cityWith([]), 'water', 4);
    expect(truthOf(meter, FROM, 'water_volume')).toBe(truthOf(sound, FROM, 'water_volume'));
    expect(truthOf(meter, TO, 'water_volume')).toBe(truthOf(meter, FROM, 'water_volume'));
    expect(flowed(meter, FROM, TO)).toBe(flowed(sound, FROM, TO));
    expect(flowed(meter, FROM, TO)).toBeGreaterThan(50_000);
    const later = '2026-04-01T00:00:00Z';
    const lost_m3 = truthOf(sound, later, 'water_volume') - truthOf(meter, later, 'water_volume');
    expect(Math.abs(lost_m3 - flowed(sound, FROM, TO) / 1e6)).toBeLessThanOrEqual(0.001);
  });

  it('stands still while water runs back, and its meter says so', () => {
    const city = cityWith([{ kind: 'backflow', numbers: [4], from: FROM, to: TO, size: 10 }]);
    const meter = deviceOf(city, 'water', 4);
    expect(truthOf(meter, TO, 'water_volume')).toBe(truthOf(meter, FROM, 'water_volume'));
    expect(flowed(meter, FROM, TO)).toBeCloseTo(-84 * 10_000, 3);
    const { first, last } = flag(
      framesOf(city, meter, '2026-02-10T00:00:00Z', '2026-02-16T00:00:00Z'),
      'backflow',
    );
    expect((first ?? 0) - ms(FROM)).toBeLessThan(HOUR_MS);
    expect(ms(TO) - (last ?? 0)).toBeLessThan(HOUR_MS);
  });

  it.each([
    ['pulse_weight', 0.1, 0.1],
    ['tamper', 0.6, 0.4],
  ] as const)('with %s of %d counts %d of the gas', (kind, size, gain) => {
    const meter = deviceOf(cityWith([{ kind, numbers: [3], from: FROM, to: TO, size }]), 'gas', 3);
    const counted = truthOf(meter, TO, 'pulse_count', 1) - truthOf(meter, FROM, 'pulse_count', 1);
    const burnt_dm3 = flowed(meter, FROM, TO);
    expect(burnt_dm3).toBeGreaterThan(5_000);
    expect(Math.abs(counted - (burnt_dm3 / 10) * gain)).toBeLessThanOrEqual(1);
  });

  it('that is tampered with says so in the day’s alarm frame', () => {
    const city = cityWith([{ kind: 'tamper', numbers: [3], from: FROM, to: TO }]);
    const frames = framesOf(city, deviceOf(city, 'gas', 3), '2026-02-08T00:00:00Z', '2026-02-18T00:00:00Z');
    const { first, last } = flag(frames, 'tamper');
    expect((first ?? 0) - ms(FROM)).toBeGreaterThanOrEqual(0);
    expect((first ?? 0) - ms(FROM)).toBeLessThanOrEqual(DAY_MS);
    expect(last ?? 0).toBeLessThan(ms(TO));
  });

  it('rolls over at the moment that was told, from all nines to zero', () => {
    const fault: FaultInput = { kind: 'rollover', numbers: [3], from: FROM, size: 6 };
    const meter = deviceOf(cityWith([fault]), 'gas', 3);
    expect(truthOf(meter, ms(FROM) - 1000, 'pulse_count', 1)).toBe(999_999);
    expect(truthOf(meter, FROM, 'pulse_count', 1)).toBe(0);
    const month_dm3 = flowed(meter, FROM, '2026-03-10T20:00:00Z');
    expect(truthOf(meter, '2026-03-10T20:00:00Z', 'pulse_count', 1)).toBe(Math.floor(month_dm3 / 10));
  });

  it('of a swapped meter goes on at its own index, under the same DevEUI', () => {
    const city = cityWith([{ kind: 'swapped', family: 'gas', numbers: [3], from: FROM, size: 42 }]);
    const meter = deviceOf(city, 'gas', 3);
    expect(truthOf(meter, FROM, 'pulse_count', 1)).toBe(42);
    expect(truthOf(meter, ms(FROM) - 1000, 'pulse_count', 1)).toBe(
      truthOf(deviceOf(cityWith([]), 'gas', 3), ms(FROM) - 1000, 'pulse_count', 1),
    );
    const reports = framesOf(city, meter, '2026-02-10T00:00:00Z', '2026-02-12T00:00:00Z').map(
      ({ report }) => report,
    );
    expect(reports).toEqual(Array.from({ length: 48 }, (_, n) => (reports[0] ?? 0) + n));
  });

  it('or under another DevEUI, which speaks when its log is full and counts its own reports', () => {
    const city = cityWith([{ kind: 'swapped', numbers: [3], from: FROM, newDevEui: true }]);
    const speakers = new Map<string, { device: CityDevice; first: number; last: number; report: number }>();
    for (const { device, at, report } of city.emissions(
      new Date('2026-02-09T00:00:00Z'),
      new Date('2026-02-15T00:00:00Z'),
    )) {
      if (device.familyId !== 'water' || device.number !== 3) continue;
      const known = speakers.get(device.devEui);
      if (known === undefined)
        speakers.set(device.devEui, { device, first: at.getTime(), last: at.getTime(), report });
      else known.last = at.getTime();
    }
    const [old, fresh] = [...speakers.values()];
    expect(speakers.size).toBe(2);
    expect(ms(FROM) - (old?.last ?? 0)).toBeLessThan(HOUR_MS);
    expect((fresh?.first ?? 0) - ms(FROM)).toBeGreaterThanOrEqual(2 * DAY_MS);
    expect(fresh?.report).toBe(0);
    expect(fresh?.device.index).toBe(city.deviceCount - 1);
    expect(old?.device.truth(new Date(TO))).toEqual([]);
    expect(fresh?.device.truth(new Date(FROM))[0]).toMatchObject({ quantity: 'water_volume', value: 0 });
  });
});

describe('light', () => {
  const evening = '2026-02-11T19:00:00Z';
  const noon = '2026-02-12T11:00:00Z';
  const late = '2026-02-11T23:30:00Z';
  const lampWith = (kind: FaultInput['kind'], size?: number) => {
    const city = cityWith([
      { kind, numbers: [2], from: FROM, to: TO, ...(size === undefined ? {} : { size }) },
    ]);
    return { city, lamp: deviceOf(city, 'lighting', 2) };
  };
  const flags = (kind: FaultInput['kind'], quantity: string) => {
    const { city, lamp } = lampWith(kind);
    return flag(framesOf(city, lamp, '2026-02-08T00:00:00Z', '2026-02-17T00:00:00Z'), quantity);
  };

  it('fails: dark though told to be lit, flagged by night and day', () => {
    const { lamp } = lampWith('lamp_failure');
    expect(truthOf(lamp, evening, 'light_level')).toBe(0);
    expect(truthOf(lamp, evening, 'active_power')).toBe(0);
    expect(truthOf(lamp, noon, 'lamp_failure')).toBe(1);
    expect(truthOf(lamp, '2026-02-14T19:00:00Z', 'light_level')).toBe(100);
    const { first, last } = flags('lamp_failure', 'lamp_failure');
    expect((first ?? 0) - ms(FROM)).toBeLessThan(HOUR_MS);
    expect(ms(TO) - (last ?? 0)).toBeLessThan(HOUR_MS);
  });

  it('burns by day', () => {
    const { lamp } = lampWith('day_burner');
    expect(truthOf(lamp, noon, 'light_level')).toBe(100);
    expect(truthOf(lamp, noon, 'lamp_unexpected_on')).toBe(1);
    expect(truthOf(lamp, evening, 'lamp_unexpected_on')).toBe(0);
    const { first } = flags('day_burner', 'lamp_unexpected_on');
    expect(first ?? 0).toBeGreaterThan(ms(FROM));
  });

  it('cycles: half of its energy, and a start every period', () => {
    const { lamp } = lampWith('cycling', 600);
    const sound = deviceOf(cityWith([]), 'lighting', 2);
    const [from, to] = ['2026-02-11T18:00:00Z', '2026-02-11T21:00:00Z'] as const;
    expect(flowed(lamp, from, to)).toBe(flowed(sound, from, to) / 2);
    expect(truthOf(lamp, to, 'switch_on_count') - truthOf(lamp, from, 'switch_on_count')).toBe(18);
    expect(truthOf(lamp, evening, 'cycling_failure')).toBe(1);
  });

  it('ignores dimming: full light when half was told, flagged once that was seen', () => {
    const { lamp } = lampWith('dimming_ignored');
    expect([truthOf(lamp, late, 'light_command'), truthOf(lamp, late, 'light_level')]).toEqual([50, 100]);
    expect(truthOf(lamp, '2026-02-10T20:30:00Z', 'dimming_failure')).toBe(0);
    expect(truthOf(lamp, late, 'dimming_failure')).toBe(1);
  });

  it('goes out with its cabinet: no energy, no frame, of all its lamps and the meter at once', () => {
    const city = cityWith([{ kind: 'cabinet_outage', numbers: [1], from: FROM, to: TO }]);
    const speaking = new Set<string>();
    for (const { device } of city.emissions(new Date(FROM), new Date(TO))) speaking.add(device.devEui);
    for (const device of city.devices()) {
      const isDark =
        (device.familyId === 'lighting' && device.number >= 40 && device.number < 80) ||
        (device.familyId === 'cabinet' && device.number === 1);
      expect(speaking.has(device.devEui), device.name).toBe(!isDark);
      if (isDark) expect(flowed(device, FROM, TO), device.name).toBe(0);
    }
  });
});

describe('a device', () => {
  it('that is silent keeps its reports to itself and counts on where it stopped', () => {
    const city = cityWith([{ kind: 'silent', numbers: [9], from: FROM, to: TO }]);
    const frames = framesOf(city, deviceOf(city, 'water', 9), '2026-02-10T00:00:00Z', '2026-02-15T00:00:00Z');
    const reports = frames.map(({ report }) => report);
    expect(reports).toEqual(reports.map((_, n) => (reports[0] ?? 0) + n));
    expect(frames.filter(({ at }) => at.getTime() >= ms(FROM) && at.getTime() < ms(TO))).toEqual([]);
    expect(frames).toHaveLength(5 * 24 - 84);
  });

  it('dates what it says by its own clock, hourly log included', () => {
    const city = cityWith([{ kind: 'clock_drift', numbers: [9], from: FROM, size: 3600 }]);
    const meter = deviceOf(city, 'water', 9);
    const sound = deviceOf(cityWith([]), 'water', 9);
    const [frame] = framesOf(city, meter, '2026-02-12T20:00:00Z', '2026-02-12T21:00:00Z');
    if (frame === undefined) throw new Error('no frame');
    const error_s = meter.clockError_s(frame.at);
    expect(error_s).toBeGreaterThanOrEqual(7200);
    expect(error_s).toBeLessThan(7200 + 150);
    const volumes = frame.measurements.filter(({ quantity }) => quantity === 'water_volume');
    expect(volumes).toHaveLength(17);
    for (const { time, value } of volumes) {
      expect(value).toBeCloseTo(truthOf(sound, time.getTime() - error_s * 1000, 'water_volume'), 9);
    }
  });

  it('with a battery that decays warns before it falls silent', () => {
    const city = cityWith([{ kind: 'battery_decay', numbers: [9], from: FROM, size: 1200 }]);
    const meter = deviceOf(city, 'water', 9);
    const frames = framesOf(city, meter, '2026-02-01T00:00:00Z', '2026-04-01T00:00:00Z');
    const { first, last } = flag(frames, 'low_battery');
    expect(frames.at(-1)?.at.getTime()).toBe(last);
    expect((last ?? 0) - (first ?? 0)).toBeGreaterThan(2 * DAY_MS);
    expect((last ?? 0) - ms(FROM)).toBeLessThan(31 * DAY_MS);
    expect(meter.batteryPercent(new Date('2026-04-01T00:00:00Z'))).toBe(0);
    expect(meter.batteryPercent(new Date('2026-02-01T00:00:00Z'))).toBeGreaterThan(98);
    expect(deviceOf(city, 'lighting', 0).batteryPercent(new Date(FROM))).toBeNull();
  });

  it('whose battery dies says nothing more', () => {
    const city = cityWith([{ kind: 'battery_death', numbers: [9], from: FROM }]);
    const frames = framesOf(city, deviceOf(city, 'water', 9), '2026-02-10T00:00:00Z', '2026-02-20T00:00:00Z');
    expect(ms(FROM) - (frames.at(-1)?.at.getTime() ?? 0)).toBeLessThan(HOUR_MS);
  });

  it('changes the layout of its frames with its firmware, at the date', () => {
    const city = cityWith([{ kind: 'codec_version', numbers: [9], from: FROM }]);
    const meter = deviceOf(city, 'water', 9);
    const frames = framesOf(city, meter, '2026-02-10T00:00:00Z', '2026-02-12T00:00:00Z');
    for (const { at, payload, measurements } of frames) {
      expect(payload.length).toBe(at.getTime() < ms(FROM) ? 47 : 51);
      for (const { quantity, time, value } of measurements) {
        if (quantity === 'water_volume')
          expect(value).toBeCloseTo(truthOf(meter, time.getTime(), quantity), 9);
      }
    }
  });
});

describe('the truth file', () => {
  const plan: FaultInput[] = [
    {
      kind: 'leak_toilet',
      share: 0.2,
      from: '2026-02-01T00:00:00Z',
      to: '2026-03-01T00:00:00Z',
      lastsDays: 5,
    },
    { kind: 'silent', family: 'gas', perYear: 1, from: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' },
    { kind: 'gateway_outage', numbers: [2], from: FROM, to: TO },
  ];

  it('has a line for each fault, the same at every start', () => {
    const lines = [...cityWith(plan).truthLines()];
    expect(lines).toEqual([...cityWith(plan).truthLines()]);
    expect(lines.at(-1)).toEqual({
      subject: 'gateway 2',
      kind: 'gateway_outage',
      from: FROM,
      to: TO,
      size: 1,
      unit: '1',
    });
    const leaks = lines.filter(({ kind }) => kind === 'leak_toilet');
    expect(leaks.length).toBeGreaterThan(4);
    expect(leaks.length).toBeLessThan(22);
    for (const { subject, from, to, size, unit } of leaks) {
      expect(subject).toMatch(/^02564c[0-9a-f]{4}1/);
      expect(Date.parse(to ?? '') - Date.parse(from)).toBe(5 * DAY_MS);
      expect([size, unit]).toEqual([20, 'L/h']);
    }
    expect(lines.some(({ kind, to }) => kind === 'silent' && to === null)).toBe(true);
  });

  it('tells every kind, and its frames are still made', () => {
    const from = FROM;
    const city = cityWith(
      FAULT_KINDS.map((kind, number): FaultInput => {
        const only = ['leak_network', 'cabinet_outage'].includes(kind) ? 0 : number;
        return { kind, numbers: [only], from, to: TO };
      }),
    );
    expect(new Set(Array.from(city.truthLines(), ({ kind }) => kind)).size).toBe(FAULT_KINDS.length);
    let decoded = 0;
    for (const { device, payload, fPort, at } of city.emissions(
      new Date('2026-02-10T00:00:00Z'),
      new Date('2026-02-16T00:00:00Z'),
    )) {
      const result = profileOf(device.profileId).decode({ bytes: payload, fPort, receivedAt: at });
      if (result.outcome === 'failed') throw new Error(`${device.name}: ${result.reason}`);
      decoded += 1;
    }
    expect(decoded).toBeGreaterThan(30_000);
  });

  it.each([
    [
      'a lamp failure of a water meter',
      { kind: 'lamp_failure', family: 'water', numbers: [1], from: FROM },
      /can't befall water/,
    ],
    ['a device that is not there', { kind: 'silent', numbers: [60], from: FROM }, /there is no water 60/],
    ['nobody named', { kind: 'silent', from: FROM }, /one of numbers, share and perYear/],
    ['an end before its start', { kind: 'silent', numbers: [1], from: TO, to: FROM }, /to is not after from/],
  ] as const)('refuses %s', (_, fault, message) => {
    expect(() => cityWith([fault as unknown as FaultInput])).toThrow(message);
  });

  it('refuses two faults that exclude each other', () => {
    const stuck: FaultInput = { kind: 'stuck', numbers: [1], from: FROM, to: TO };
    expect(() => cityWith([stuck, { ...stuck, kind: 'backflow' }])).toThrow(/overlaps/);
  });
});
