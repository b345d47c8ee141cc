import { HOUR_MS, instantOfLocal, localDay, utcDay } from './city-time.ts';
import type { LightingCalendar } from './lighting-calendar.ts';
import type { Model, Setting } from './model.ts';
import { between, derive, type Key, smooth } from './seeded.ts';
import { outdoorTemperature_Cel } from './weather.ts';

/** What becomes of a lamp. */
type LampStory =
  | { readonly kind: 'sound' }
  /** The driver died: commanded on, no light, no power. */
  | { readonly kind: 'failed'; readonly sinceMs: number }
  /** The relay stuck while the lamp was lit: full light day and night. */
  | { readonly kind: 'day_burner'; readonly sinceMs: number };

/** Every 40th lamp from the eighth on has failed (2.5 %), and lamp 13 is the fleet's one day burner. */
function lampStory({ key, number, installedAtMs }: Setting): LampStory {
  if (number !== 13 && number % 40 !== 7) return { kind: 'sound' };
  const day = localDay(installedAtMs) + Math.floor(between(derive(key, 'story'), 0, 5, 26));
  // Half past ten in the evening: every program is lit then, all year.
  const sinceMs = instantOfLocal(day, 22 * 60 + 30);
  return { kind: number === 13 ? 'day_burner' : 'failed', sinceMs };
}

interface LampRegisters {
  readonly lit_h: number;
  readonly fullLoad_h: number;
  readonly switchOns: number;
}

/** An LED luminaire of 50 to 70 W with the reference controller. */
export function createLuminaire(
  setting: Setting,
  calendar: LightingCalendar,
  /** Lamps on one transformer see one voltage. */
  transformer: Key,
): Model {
  const { key, weather, installedAtMs } = setting;
  const rated_W = Math.round(between(derive(key, 'rated power'), 0, 50, 70));
  const voltageDrop_V = between(derive(key, 'voltage drop'), 0, 0, 3);
  const story = lampStory(setting);
  const initial = initialRegisters(key, rated_W);
  const atInstallation = calendar.totals(installedAtMs);

  const level_percent = (timeMs: number, command_percent: number) => {
    if (story.kind === 'sound' || timeMs < story.sinceMs) return command_percent;
    return story.kind === 'failed' ? 0 : 100;
  };

  const registers = (timeMs: number): LampRegisters => {
    const followedUntilMs = story.kind === 'sound' ? timeMs : Math.min(timeMs, story.sinceMs);
    const followed = calendar.totals(followedUntilMs);
    const stuck_h = story.kind === 'day_burner' ? (timeMs - followedUntilMs) / HOUR_MS : 0;
    return {
      lit_h: followed.lit_h - atInstallation.lit_h + stuck_h,
      fullLoad_h: followed.fullLoad_h - atInstallation.fullLoad_h + stuck_h,
      switchOns: followed.switchOns - atInstallation.switchOns,
    };
  };

  const state = (timeMs: number) => {
    const command_percent = calendar.level_percent(timeMs);
    const given_percent = level_percent(timeMs, command_percent);
    const { lit_h, fullLoad_h, switchOns } = registers(timeMs);
    // To the resolution of the frame, so that what is read is what was so.
    const power_W = Math.round(rated_W * given_percent) / 100;
    const voltage_V =
      Math.round(10 * (228 + 10 * smooth(transformer, timeMs / (HOUR_MS / 4)) - voltageDrop_V)) / 10;
    // A driver at half load has a poorer power factor.
    const powerFactor = given_percent === 0 ? undefined : given_percent === 100 ? 0.97 : 0.92;
    return {
      command_percent,
      given_percent,
      power_W: Math.round(power_W * 10) / 10,
      voltage_V,
      powerFactor,
      current_mA: powerFactor === undefined ? 0 : Math.round((1000 * power_W) / voltage_V / powerFactor),
      energy_Wh: Math.floor(initial.energy_Wh + fullLoad_h * rated_W),
      operating_min: Math.floor(initial.operating_min + lit_h * 60),
      switchOns: initial.switchOns + switchOns,
      temperature_Cel: Math.round(
        outdoorTemperature_Cel(weather, utcDay(timeMs)) + (12 * given_percent) / 100,
      ),
      // A failure stays raised by day, when it can't be seen: an alert that closes at each sunrise is noise.
      lampFailure: story.kind === 'failed' && timeMs >= story.sinceMs,
      unexpectedOn: command_percent === 0 && given_percent > 0,
    };
  };

  return {
    truth(timeMs) {
      const now = state(timeMs);
      return [
        { quantity: 'light_command', channel: 0, value: now.command_percent },
        { quantity: 'light_level', channel: 0, value: now.given_percent },
        { quantity: 'active_power', channel: 0, value: now.power_W },
        { quantity: 'active_energy_import', channel: 0, value: now.energy_Wh / 1000 },
        { quantity: 'operating_hours', channel: 0, value: now.operating_min / 60 },
        { quantity: 'switch_on_count', channel: 0, value: now.switchOns },
        { quantity: 'voltage', channel: 0, value: now.voltage_V },
        { quantity: 'lamp_failure', channel: 0, value: now.lampFailure ? 1 : 0 },
        { quantity: 'lamp_unexpected_on', channel: 0, value: now.unexpectedOn ? 1 : 0 },
      ];
    },
    report(timeMs) {
      const time_s = Math.floor(timeMs / 1000);
      const now = state(time_s * 1000);
      return {
        frame: 'report',
        time: time_s,
        light_command_percent: now.command_percent,
        light_level_percent: now.given_percent,
        active_power_W: now.power_W,
        active_energy_Wh: now.energy_Wh,
        operating_time_min: now.operating_min,
        switch_on_count: now.switchOns,
        supply_voltage_V: now.voltage_V,
        supply_current_mA: now.current_mA,
        power_factor: now.powerFactor,
        temperature_Cel: now.temperature_Cel,
        failures: { lamp_failure: now.lampFailure, lamp_unexpected_on: now.unexpectedOn },
      };
    },
  };
}

/** A lamp of up to three years: 4,200 h and 365 evenings a year, the night dimmed to two thirds on average. */
function initialRegisters(key: Key, rated_W: number) {
  const years = between(derive(key, 'age'), 0, 0, 3);
  const lit_h = years * 4200;
  return {
    operating_min: Math.floor(lit_h * 60),
    energy_Wh: Math.floor(lit_h * rated_W * 0.67),
    switchOns: Math.floor(years * 365),
  };
}
