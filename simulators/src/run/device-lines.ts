import { deviceKeys } from '../gateway/device-keys.ts';
import type { RunPlan } from './run-plan.ts';
import { createSource } from './source.ts';

const COLUMNS = 'dev_eui,join_eui,app_key,name,profile,application,latitude,longitude';

/**
 * A run's devices with their keys, as lines of CSV for `veilleur device import`. Devices that are activated
 * by personalisation have no AppKey and are left out: no server lets them join.
 */
export async function* deviceLines(plan: RunPlan): AsyncGenerator<string> {
  const { city } = await createSource(plan);
  yield COLUMNS;
  for (const device of city.devices()) {
    if (device.activation === 'ABP') continue;
    const { joinEui, appKey } = deviceKeys(plan.seed, device.devEui);
    const { latitude, longitude } = device.position;
    yield [
      device.devEui,
      joinEui,
      appKey.toString('hex'),
      `"${device.name.replaceAll('"', '""')}"`,
      device.profileId,
      device.application,
      latitude.toFixed(6),
      longitude.toFixed(6),
    ].join(',');
  }
}
