import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js';

import { isSecretTag } from '@veilleur/domain';
import { type DeviceOrder, PROFILE_TAG } from './device-order.ts';
import type { Place, Setup } from './lns-setup.ts';
import type { Difference } from './report.ts';
import { HIDDEN } from './secret.ts';

/** Where in ChirpStack an order's device belongs. */
export interface DevicePlaces {
  readonly application: Place;
  readonly profile: Place;
}

/** The order as ChirpStack's message. Its key is no part of it. */
export function toChirpStackDevice(order: DeviceOrder, places: DevicePlaces): devicePb.Device {
  const device = new devicePb.Device();
  device.setDevEui(order.devEui);
  applyOrder(device, order, places);
  return device;
}

/** Writes what the order says into a device, and leaves the rest of it as it is. */
export function applyOrder(
  device: devicePb.Device,
  order: DeviceOrder,
  { application, profile }: DevicePlaces,
): void {
  device.setApplicationId(application.id ?? '');
  device.setDeviceProfileId(profile.id ?? '');
  device.setName(order.name);
  if (order.description !== undefined) device.setDescription(order.description);
  if (order.joinEui !== undefined) device.setJoinEui(order.joinEui);
  for (const [key, value] of tagsOf(order)) device.getTagsMap().set(key, value);
}

/**
 * What of a device in ChirpStack is not as the order says. What the order does not say, tags of others
 * among it, is no difference.
 */
export function deviceDifferences(
  order: DeviceOrder,
  found: devicePb.Device,
  places: DevicePlaces,
  setup: Setup,
): Difference[] {
  const tags = found.getTagsMap();
  const compared: readonly (readonly [field: string, wanted: string | undefined, found: string])[] = [
    ['application', places.application.name, nameOf(found.getApplicationId(), setup.applicationNames)],
    ['profile', places.profile.name, nameOf(found.getDeviceProfileId(), setup.profileNames)],
    ['name', order.name, found.getName()],
    ['description', order.description, found.getDescription()],
    ['joinEui', order.joinEui, found.getJoinEui().toLowerCase()],
    ...tagsOf(order).map(([key, value]) => [`tags.${key}`, value, tags.get(key) ?? ''] as const),
  ];
  return compared.flatMap(([field, wanted, have]) => {
    if (wanted === undefined || wanted === have) return [];
    if (!field.startsWith('tags.') || !isSecretTag(field)) return [{ field, wanted, found: have }];
    return [{ field, wanted: HIDDEN, found: have === '' ? 'none' : `${HIDDEN}, another one` }];
  });
}

function tagsOf(order: DeviceOrder): [key: string, value: string][] {
  return [...Object.entries(order.tags), [PROFILE_TAG, order.profile]];
}

/** An id without a name is of another tenant, or a global profile. */
function nameOf(id: string, names: ReadonlyMap<string, string>): string {
  return names.get(id) ?? id;
}
