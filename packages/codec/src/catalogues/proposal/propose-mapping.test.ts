import { QUANTITIES } from '@veilleur/domain';
import { describe, expect, test } from 'vitest';

import { compileMapping, type MappingEntry } from '../../mapping.ts';
import { readFieldName } from './field-name.ts';
import { proposeMapping } from './propose-mapping.ts';

/** `temperature temp_c Cel high`, for tables. */
function linesOf(...samples: unknown[]): string[] {
  const { entries } = proposeMapping(samples);
  compileMapping(entries.map(({ entry }) => entry)); // Throws where an entry is not valid.
  return entries.map(({ entry, confidence }) => `${textOf(entry)} ${confidence}`);
}

function textOf({ quantity, each, field, unit, time, channel }: MappingEntry): string {
  const path = each === undefined ? field : `${each}[].${field}`;
  const suffix =
    typeof channel === 'object' ? `#${channel.field}` : channel === undefined ? '' : `#${channel}`;
  const dated = time === undefined ? '' : ` at ${time}`;
  return `${quantity}${suffix} ${path} ${unit ?? QUANTITIES[quantity].unit}${dated}`;
}

describe('names, units and values become entries', () => {
  test.each<[object, string[]]>([
    // The unit in the name
    [{ temp_c: 21.4 }, ['temperature temp_c Cel high']],
    [{ TempC_SHT: 21.4 }, ['temperature TempC_SHT Cel high']],
    [{ bat_mv: 3312 }, ['battery_voltage bat_mv mV high']],
    [{ BatV: 3.31 }, ['battery_voltage BatV V high']],
    [{ batteryPercent: 97 }, ['battery_level batteryPercent % high']],
    [{ volume_m3: 512.25 }, ['water_volume volume_m3 m3 medium']],
    [{ water_index_l: 512_250 }, ['water_volume water_index_l L high']],
    [{ energy_kwh: 1204 }, ['active_energy_import energy_kwh kW.h high']],
    [{ activeEnergyWh: 1204 }, ['active_energy_import activeEnergyWh W.h high']],
    [{ energie_injectee_kwh: 12 }, ['active_energy_export energie_injectee_kwh kW.h high']],
    [{ power_kW: 2.4 }, ['active_power power_kW kW high']],
    [{ power_consumption: 120 }, ['active_energy_import power_consumption kW.h low']],
    [{ current_mA: 120 }, ['current current_mA mA high']],
    [{ gas_volume_m3: 80 }, ['gas_volume gas_volume_m3 m3 high']],
    [{ distance_mm: 1450 }, ['distance distance_mm mm high']],
    [{ co2_ppm: 612 }, ['carbon_dioxide co2_ppm [ppm] high']],
    // The unit that everybody means
    [{ temperature: 21 }, ['temperature temperature Cel medium']],
    [{ température: 21 }, []], // A path can't hold the accent.
    [{ humidite: 45 }, ['relative_humidity humidite % medium']],
    [
      { hum: 45, lux: 300, co2: 600 },
      ['relative_humidity hum % medium', 'illuminance lux lx medium', 'carbon_dioxide co2 [ppm] medium'],
    ],
    [{ pression: 1013.2 }, ['air_pressure pression hPa medium']],
    [{ pressure: 101_325 }, ['air_pressure pressure Pa medium']],
    [{ puissance: 1200 }, ['active_power puissance W medium']],
    [{ t: 21 }, ['temperature t Cel low']],
    [{ temp_a: 21, temp_b: 9 }, ['temperature temp_a Cel medium', 'temperature#1 temp_b Cel medium']],
    // The unit from the values
    [{ battery: 3.6 }, ['battery_voltage battery V medium']],
    [{ vbat: 3600 }, ['battery_voltage vbat mV medium']],
    [{ batterie: 96 }, ['battery_level batterie % medium']],
    [{ battery: 3 }, []], // Could be volts or percent.
    [{ voltage: 231 }, ['voltage voltage V medium']],
    [{ volt: 3.6 }, ['battery_voltage volt V low']],
    // The unit beside the value
    [{ temperature: { value: 21, unit: '°C' } }, ['temperature temperature.value Cel high']],
    [{ volume: 5, volume_unit: 'L' }, ['water_volume volume L medium']],
    [{ water: { index: 512, unit: 'm³' } }, ['water_volume water.index m3 high']],
    [{ temperature: { value: 70, unit: '°F' } }, []],
    [
      { values: { humidity: { value: 41, displayName: 'Humidity', unit: '%' } } },
      ['relative_humidity values.humidity.value % high'],
    ],
    // Flags and counters
    [{ status: { leak: true, tamper: false } }, ['leak status.leak 1 high', 'tamper status.tamper 1 high']],
    [{ low_battery: 1 }, ['low_battery low_battery 1 medium']],
    [{ alarme_fuite: false }, ['leak alarme_fuite 1 high']],
    [{ door: true }, ['digital_input door 1 high']],
    [{ pulse1: 10, pulse2: 20 }, ['pulse_count#1 pulse1 1 high', 'pulse_count#2 pulse2 1 high']],
    [{ input_2: { impulsions: 7 } }, ['pulse_count#2 input_2.impulsions 1 high']],
    [{ counter: 5 }, ['pulse_count counter 1 low']],
    [{ counter: { value: 5, unit: 'm3' } }, ['water_volume counter.value m3 medium']],
    [{ index: 5, unit: 'kWh' }, ['active_energy_import index kW.h medium']],
  ])('%j', (sample, lines) => {
    expect(linesOf(sample)).toEqual(lines);
  });
});

describe('what is not mapped says why', () => {
  test.each<[object, string]>([
    [{ temperature_threshold: 30 }, 'setting'],
    [{ max_temperature: 30 }, 'not the reading of the moment'],
    [{ temperature: 655.35 }, 'not plausible'],
    [{ temperature: 'n/a' }, 'not every value is a number'],
    [{ leak: 'no' }, 'true, false, 0 or 1'],
    [{ temperature_f: 70 }, 'no conversion'],
    [{ 'battery voltage': 3.6 }, 'letters, digits and _'],
    [{ history: [1, 2, 3] }, 'bare values'],
    [{ history: [{ temperature: 21 }] }, 'neither a time nor a channel'],
    [{ values: [{ name: 'temperature', value: 21 }] }, 'named values'],
    [{ timestamp: 1_767_225_600 }, 'may date'],
    [{ firmware: 3 }, 'no quantity'],
    [{ energy_reactive_kvarh: 3 }, 'no quantity'],
    [{ leak_changed: true }, 'about another field'],
  ])('%j: %s', (sample, why) => {
    const { unmapped } = proposeMapping([sample]);
    expect(unmapped.map((one) => one.why)).toContainEqual(expect.stringContaining(why));
  });
});

test('a history of dated samples is read sample by sample', () => {
  const sample = {
    index_l: 5000,
    history: [
      { time: '2026-01-01T00:00:00Z', water_volume_l: 4990 },
      { time: '2026-01-01T01:00:00Z', water_volume_l: 5000 },
    ],
  };
  expect(linesOf(sample)).toEqual([
    'water_volume index_l L medium',
    'water_volume history[].water_volume_l L at time high',
  ]);
});

test('times in milliseconds are not taken for seconds', () => {
  const { unmapped } = proposeMapping([{ history: [{ time: 1_767_225_600_000, temperature: 21 }] }]);
  expect(unmapped).toContainEqual(expect.objectContaining({ path: 'history[].temperature' }));
});

test('elements with a channel of their own keep it', () => {
  expect(
    linesOf({
      temperature: [
        { channel: 1, value: 20 },
        { channel: 4, value: 22 },
      ],
    }),
  ).toEqual(['temperature#channel temperature[].value Cel medium']);
});

test('one reading in two units is one entry, and the surer one', () => {
  const { entries, unmapped } = proposeMapping([{ battery: 3.6, battery_mv: 3600 }]);
  expect(entries.map(({ entry }) => entry.field)).toEqual(['battery_mv']);
  expect(unmapped).toEqual([{ path: 'battery', why: 'the same reading as battery_mv' }]);
});

test('two temperatures get two channels, and the doubt is told', () => {
  const { entries } = proposeMapping([{ temp_c_air: 21, temp_c_soil: 9 }]);
  expect(entries).toMatchObject([
    { entry: { field: 'temp_c_air' }, confidence: 'high' },
    { entry: { field: 'temp_c_soil', channel: 1 }, confidence: 'medium' },
  ]);
  expect(entries[1]?.why).toContain('for temp_c_air is temperature as well');
});

test('energy and volume between a flow and a return temperature are a heat meter’s', () => {
  const sample = {
    energy_kwh: 9818,
    volume_m3: 660,
    power_kw: 1.1,
    flow_temperature: 61,
    return_temperature: 40,
  };
  expect(linesOf(sample)).toEqual([
    'heat_energy energy_kwh kW.h high',
    'carrier_volume volume_m3 m3 low',
    'thermal_power power_kw kW high',
    'temperature flow_temperature Cel medium',
    'temperature#1 return_temperature Cel medium',
  ]);
});

test('a counter that grows from sample to sample is a surer index, and an unknown field that grows is pointed out', () => {
  const samples = [
    { counter: 5, zzz: 1 },
    { counter: 8, zzz: 2 },
    { counter: 8, zzz: 9 },
  ];
  const { entries, unmapped } = proposeMapping(samples);
  expect(entries).toMatchObject([{ entry: { quantity: 'pulse_count' }, confidence: 'medium' }]);
  expect(unmapped).toEqual([{ path: 'zzz', why: expect.stringContaining('grows like a counter') }]);
});

test('a field has to be plausible in every sample', () => {
  expect(linesOf({ humidity: 40 }, { humidity: 140 })).toEqual([]);
});

test('nothing that is no object breaks it', () => {
  expect(linesOf(null, 3, 'x', [], { a: null, b: { c: [] } })).toEqual([]);
  const deep: Record<string, unknown> = {};
  let at = deep;
  for (let depth = 0; depth < 20_000; depth += 1) at = at.a = {};
  expect(() => proposeMapping([deep])).not.toThrow();
});

test.each<[string, readonly string[], number | undefined]>([
  ['TempC_SHT', ['temp', 'c', 'sht'], undefined],
  ['batteryVoltage', ['battery', 'voltage'], undefined],
  ['energy_kWh', ['energy', 'kwh'], undefined],
  ['co2ppm', ['co2', 'ppm'], undefined],
  ['volume_m3', ['volume', 'm3'], undefined],
  ['temperature_2', ['temperature'], 2],
  ['pulse1Total', ['pulse', 'total'], 1],
  ['TempC_DS18B20', ['temp', 'c', 'ds18b20'], undefined],
  ['Énergie', ['energie'], undefined],
])('%s is %j, number %s', (name, words, number) => {
  expect(readFieldName(name)).toEqual({ words, number });
});
