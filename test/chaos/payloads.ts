import type { Told } from './material.ts';

const HOUR_MS = 3_600_000;
/** A log and what it grew by, fifteen times. */
const LOGS = 16;
/** Half an hour between two frames: each repeats 15 or 16 of the values of the one before. */
const HOURLY_PERIOD_MS = HOUR_MS / 2;
const DAYS_BACK = 10;
const ALARMS = ['leak', 'burst', 'backflow', 'dry_pipe', 'low_temperature', 'low_battery', 'device_fault'];

/** Two pulse counters as an Adeunis PULSE tells them: no two frames tell the same. */
export function pulseCounters(n: number): Told {
  const inputB = Math.imul(n, 0x9e3779b1) >>> 0;
  const payload = Buffer.from('46800000000000000000', 'hex');
  payload.writeUInt32BE(n, 2);
  payload.writeUInt32BE(inputB, 6);
  return {
    hex: payload.toString('hex'),
    fPort: 1,
    profile: 'adeunis/pulse',
    decoding: 'decoded',
    values: [
      { quantity: 'pulse_count', channel: 1, value: n },
      { quantity: 'pulse_count', channel: 2, value: inputB },
      { quantity: 'low_battery', channel: 0, value: 0 },
    ],
  };
}

/**
 * A day's hourly readings as an Axioma Qalcosonic W1 tells them ("Extended", 47 bytes): present volume
 * and 16 logs. A volume is a function of device and hour, so overlapping histories agree.
 */
export function hourlyWater(frame: { devEui: string; fCnt: number; n: number; atMs: number }): Told {
  const { devEui, fCnt, n, atMs } = frame;
  const perHour_L = 1 + (Number.parseInt(devEui.slice(-3), 16) % 50);
  const installedMs = Math.floor(atMs / (24 * HOUR_MS)) * 24 * HOUR_MS - DAYS_BACK * 24 * HOUR_MS;
  const volumeAt = (ms: number) => Math.floor(((ms - installedMs) * perHour_L) / HOUR_MS) + 100_000;
  // Ten seconds past, so that the present volume never falls on a log; n tells frames of one fCnt apart.
  const timeMs = installedMs + 24 * HOUR_MS + fCnt * HOURLY_PERIOD_MS + 10_000;
  const firstLogMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS - (LOGS - 1) * HOUR_MS;

  const payload = Buffer.alloc(48);
  payload.writeUInt32LE(timeMs / 1000, 0);
  payload.writeUInt8(0, 4);
  payload.writeUInt32LE(volumeAt(timeMs), 5);
  payload.writeUInt32LE(firstLogMs / 1000, 9);
  payload.writeUInt32LE(volumeAt(firstLogMs), 13);
  for (let log = 1; log < LOGS; log += 1) payload.writeUInt16LE(perHour_L, 15 + 2 * log);
  payload.writeUInt8(n & 0xff, 47);
  return {
    hex: payload.toString('hex'),
    fPort: 100,
    profile: 'axioma/qalcosonic-w1',
    decoding: 'decoded',
    values: [
      ...Array.from({ length: LOGS }, (_, log) => ({
        quantity: 'water_volume',
        channel: 0,
        value: volumeAt(firstLogMs + log * HOUR_MS) / 1000,
        timeMs: firstLogMs + log * HOUR_MS,
      })),
      { quantity: 'water_volume', channel: 0, value: volumeAt(timeMs) / 1000, timeMs },
      ...ALARMS.map((quantity) => ({ quantity, channel: 0, value: 0, timeMs })),
    ],
  };
}
