import { loadFirstPartyProfiles, type ReviewedProfile } from '@veilleur/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const profiles = await loadFirstPartyProfiles();

function at(id: string): ReviewedProfile {
  const profile = profiles.get(id);
  if (profile === undefined) throw new Error(`there is no profile ${id}`);
  return profile;
}
const axioma = at('axioma/qalcosonic-w1');
const pulse = at('adeunis/pulse');
const tic = at('adeunis/tic-linky');
const luminaire = at('veilleur/reference-luminaire');
const em4301 = at('yobiiq/em4301');

const receivedAt = new Date('2026-03-01T12:00:00Z');
const received_s = receivedAt.getTime() / 1000;
const unixTime = fc.integer({ min: received_s - 86400 * 365, max: received_s });
const u16 = fc.integer({ min: 0, max: 0xfffe });
const u32 = fc.integer({ min: 0, max: 0xfffffffe });

/** What comes back from the frame that `data` was put into. */
function throughTheAir(
  profile: ReviewedProfile,
  data: unknown,
  variables: Record<string, string> = {},
): unknown {
  const frame = profile.encode?.(data);
  if (frame === undefined) throw new Error(`${profile.id} has no encoder`);
  const result = profile.decode({ ...frame, receivedAt, variables });
  return result.outcome === 'decoded' ? result.data : result;
}

function comesBackWhole<T>(profile: ReviewedProfile, arbitrary: fc.Arbitrary<T>, size: number): void {
  fc.assert(
    fc.property(arbitrary, (data) => {
      expect(throughTheAir(profile, data)).toMatchObject(data as object);
      expect(profile.encode?.(data).bytes.length).toBeLessThanOrEqual(size);
    }),
  );
}

describe('what an encoder puts into a frame, the decoder takes out', () => {
  test('Axioma, 51 bytes: any day of any meter', () => {
    const day = fc.record({
      layout: fc.constant('enhanced'),
      time: unixTime,
      status: fc.integer({ min: 0, max: 255 }),
      log_volume_L: u32,
      deltas_L: fc.array(fc.integer({ min: 0, max: 0x3fff }), { minLength: 23, maxLength: 23 }),
    });
    comesBackWhole(axioma, day, 51);
  });

  test('Axioma, 47 bytes: present volume and 15 hours before it', () => {
    const hours = fc
      .record({
        layout: fc.constant('extended'),
        time: unixTime,
        status: fc.integer({ min: 0, max: 255 }),
        present_volume_m3: fc.integer({ min: 0, max: 0xffffffff }).map((volume_L) => volume_L / 1000),
        log_volume_L: u32,
        deltas_L: fc.array(u16, { minLength: 15, maxLength: 15 }),
      })
      .map((data) => ({ ...data, log_time: data.time - (data.time % 3600) - 15 * 3600 }));
    comesBackWhole(axioma, hours, 51);
  });

  const status = fc.record({
    frame_counter: fc.integer({ min: 0, max: 7 }),
    low_battery: fc.boolean(),
    configuration_done: fc.boolean(),
  });

  test('Adeunis PULSE 46: both counters, with and without time', () => {
    const counters = fc.record(
      {
        frame: fc.constant('counters'),
        status,
        time: unixTime,
        channel_a: fc.record({ pulses: u32 }),
        channel_b: fc.record({ pulses: u32 }),
      },
      { requiredKeys: ['frame', 'status', 'channel_a', 'channel_b'] },
    );
    comesBackWhole(pulse, counters, 14);
  });

  test('Adeunis PULSE 5a: a counter that only grew, newest first', () => {
    const counters = fc
      .tuple(fc.integer({ min: 0, max: 0x7fffffff }), fc.array(u16, { maxLength: 19 }))
      .map(([oldest, growth]) => {
        let pulses = oldest;
        return [oldest, ...growth.map((more) => (pulses += more))].toReversed();
      });
    const history = fc.record(
      {
        frame: fc.constant('history'),
        status,
        time: unixTime,
        channel_a: counters.map((list) => ({ counters: list, pulses: list[0] })),
      },
      { requiredKeys: ['frame', 'status', 'channel_a'] },
    );
    comesBackWhole(pulse, history, 51);
  });

  test('Adeunis TIC 49: any field may be missing', () => {
    const index = fc.integer({ min: 0, max: 999_999_999 });
    const data = fc.record(
      {
        frame: fc.constant('tic'),
        ADCO: fc.stringMatching(/^\d{12}$/),
        OPTARIF: fc.constantFrom('BASE', 'HC..', 'EJP.'),
        PTEC: fc.constantFrom('TH..', 'HC..', 'HP..'),
        BASE_Wh: index,
        HCHC_Wh: index,
        HCHP_Wh: index,
        ISOUSC_A: fc.integer({ min: 0, max: 90 }),
        IINST_A: fc.integer({ min: 0, max: 90 }),
        IMAX_A: fc.integer({ min: 0, max: 90 }),
        PAPP_VA: fc.integer({ min: 0, max: 21_000 }),
      },
      { requiredKeys: ['frame'] },
    );
    fc.assert(
      fc.property(data, (given) => {
        const { status: _status, ...back } = throughTheAir(tic, given) as Record<string, unknown>;
        // Equal, not alike: what was absent must not come back as a zero.
        expect(back).toEqual({ ...given });
      }),
    );
  });

  test('Yobiiq EM4301: any measurement may be missing', () => {
    const signed32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
    const rows = fc.record(
      {
        logged_time: unixTime,
        active_energy_import_Wh_t1: fc.integer({ min: 0, max: 0xffffffff }),
        active_energy_import_Wh_t2: fc.integer({ min: 0, max: 0xffffffff }),
        active_energy_export_Wh_t1: fc.integer({ min: 0, max: 0xffffffff }),
        voltage_V_L1: signed32.map((tenths) => tenths / 10),
        active_power_W: signed32,
        active_power_W_L3: signed32,
      },
      { requiredKeys: ['logged_time'] },
    );
    fc.assert(
      fc.property(rows, (given) => {
        expect(throughTheAir(em4301, given)).toEqual({
          ...given,
          frame: 'measurements',
          time: given.logged_time,
        });
      }),
    );
  });

  test('Yobiiq EM4301: the bytes of a recorded frame', () => {
    // chirpstack/chirpstack-device-profiles:vendors/yobiiq/codecs/test_decode_em4301.json, whose rows all
    // count 1; ours count on, which the decoder takes no notice of.
    const frame = em4301.encode?.({
      active_energy_import_Wh_t1: 12345678,
      active_energy_import_Wh_t2: 10000,
    });
    expect(Buffer.from(frame?.bytes ?? []).toString('hex')).toBe('010400bc614e020500002710');
  });

  test('reference luminaire: any field may be missing', () => {
    const percent = fc.integer({ min: 0, max: 100 });
    const failureNames = Object.keys(
      (throughTheAir(luminaire, { frame: 'report', failures: {} }) as { failures: object }).failures,
    );
    const report = fc.record(
      {
        frame: fc.constant('report'),
        time: unixTime,
        light_command_percent: percent,
        light_level_percent: percent,
        active_power_W: u16.map((tenths) => tenths / 10),
        active_energy_Wh: u32,
        operating_time_min: u32,
        switch_on_count: u32,
        supply_voltage_V: u16.map((tenths) => tenths / 10),
        supply_current_mA: u16,
        power_factor: percent.map((hundredths) => hundredths / 100),
        temperature_Cel: fc.integer({ min: -50, max: 204 }),
        failures: fc.record(Object.fromEntries(failureNames.map((name) => [name, fc.boolean()]))),
      },
      { requiredKeys: ['frame'] },
    );
    fc.assert(
      fc.property(report, (given) => {
        expect(throughTheAir(luminaire, given)).toEqual({ ...given });
      }),
    );
  });
});

test('a value that does not fit is an error with the field in it, not another value', () => {
  expect(() =>
    axioma.encode?.({ layout: 'enhanced', time: 1, status: 0, log_volume_L: -1, deltas_L: [] }),
  ).toThrow('axioma/qalcosonic-w1: log_volume_L is -1');
  expect(() => luminaire.encode?.({ frame: 'report', light_command_percent: 101 })).toThrow(
    'light_command_percent is 101',
  );
  expect(() => luminaire.encode?.({ frame: 'report', supply_voltage_V: 6553.5 })).toThrow('does not fit');
});

test('a gas meter of 0.01 m3 a pulse reports each hour, and each frame repeats the last six', () => {
  // Frames overlap on purpose: one that is lost on the radio is told again by the next.
  const index = [1000, 1004, 1004, 1010, 1021, 1030, 1030, 1042];
  const seen = new Map<string, number>();
  for (const hour of [6, 7]) {
    const time = received_s - (7 - hour) * 3600;
    const counters = index.slice(hour - 6, hour + 1).toReversed();
    const status = { frame_counter: hour, low_battery: false, configuration_done: false };
    const frame = pulse.encode?.({ frame: 'history', status, time, channel_a: { counters } });
    if (frame === undefined) throw new Error('no encoder');
    const result = pulse.decode({ ...frame, receivedAt, variables: { historyPeriod_s: '3600' } });
    for (const { quantity, time: measuredAt, value } of result.outcome === 'decoded'
      ? result.measurements
      : []) {
      if (quantity !== 'pulse_count') continue;
      const key = measuredAt.toISOString();
      expect(seen.get(key) ?? value).toBe(value);
      seen.set(key, value);
    }
  }
  expect(seen.size).toBe(index.length);
});
