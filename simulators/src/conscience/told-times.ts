import type { CityDevice } from '../city/city-device.ts';
import { HOUR_MS } from '../city/clock.ts';
import type { Family } from '../city/family.ts';
import { isIn } from '../faults/device-faults.ts';
import type { HeldMeasurement } from './comparison.ts';

const DAY_MS = 24 * HOUR_MS;
/** The log of a W1 in its Extended frame: 16 full hours. In its Enhanced frame 24, the last one a midnight. */
const LOG_MS = { extended: 15 * HOUR_MS, enhanced: 23 * HOUR_MS } as const;

export const keepsLog = ({ profileId }: CityDevice): boolean => profileId === 'axioma/qalcosonic-w1';

/** What a device's clock said when it sent a frame: whole seconds, in ms. */
export function clockMsOf(device: CityDevice, sentAtMs: number): number {
  return 1000 * (Math.floor(sentAtMs / 1000) + device.clockError_s(new Date(sentAtMs)));
}

/** Which full hours, first and last, the log of a frame tells: by the device's own clock. */
export function hoursOf(
  device: CityDevice,
  family: Family,
  sentAtMs: number,
): readonly [firstMs: number, lastMs: number] {
  const clockMs = clockMsOf(device, sentAtMs);
  const isEnhanced = codecOf(device, family).some((change) => isIn(change, Math.floor(sentAtMs / 1000)));
  const lastMs = clockMs - (clockMs % (isEnhanced ? DAY_MS : HOUR_MS));
  return [lastMs - (isEnhanced ? LOG_MS.enhanced : LOG_MS.extended), lastMs];
}

/** Whether a value can be one of a log. */
export const isLogged = (device: CityDevice, { quantity, timeMs }: HeldMeasurement): boolean =>
  quantity === 'water_volume' && timeMs % HOUR_MS === 0 && keepsLog(device);

/** Whether a frame that was sent then, by its clock at `clockMs`, tells something of the time of a value. */
export function isOfItsFrame(
  device: CityDevice,
  family: Family,
  held: HeldMeasurement,
  sentAtMs: number,
  clockMs: number,
): boolean {
  const { timeMs, reportedAtMs } = held;
  if (isUndated(device, family, sentAtMs)) return timeMs === reportedAtMs;
  if (timeMs === clockMs) return true;
  if (!isLogged(device, held)) return false;
  const [firstMs, lastMs] = hoursOf(device, family, sentAtMs);
  return timeMs >= firstMs && timeMs <= lastMs;
}

/** A TIC's frames have no date, nor have those of a PULSE's first firmware: reception dates them. */
function isUndated(device: CityDevice, family: Family, sentAtMs: number): boolean {
  switch (device.profileId) {
    case 'adeunis/tic-linky':
      return true;
    case 'adeunis/pulse': {
      const [change] = codecOf(device, family);
      return change !== undefined && !isIn(change, Math.floor(sentAtMs / 1000));
    }
    default:
      return false;
  }
}

export const codecOf = ({ number }: CityDevice, { faults }: Family) => faults.get(number)?.codec ?? [];
