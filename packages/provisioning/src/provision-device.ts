import type devicePb from '@chirpstack/chirpstack-api/api/device_pb.js';
import { messageOf, VeilleurError } from '@veilleur/domain';
import type { ChirpStackClient } from './chirpstack-client.ts';
import { applyOrder, type DevicePlaces, deviceDifferences, toChirpStackDevice } from './chirpstack-device.ts';
import { isLnsError } from './chirpstack-error.ts';
import type { DeviceOrder } from './device-order.ts';
import type { Setup } from './lns-setup.ts';
import type { DeviceLine, DeviceOutcome, Difference } from './report.ts';
import { HIDDEN } from './secret.ts';

export interface DeviceRun {
  readonly client: ChirpStackClient;
  readonly setup: Setup;
  readonly update: boolean;
  readonly dryRun: boolean;
  readonly onDevice?: ((order: DeviceOrder) => Promise<void> | void) | undefined;
}

/**
 * Brings one device where its order wants it: look, then create or compare, then store locally.
 *
 * Afterwards ChirpStack has the device with its key, or not at all; where that can't be had, the error
 * `device_half_made` or `device_state_unknown` says so, and the next run completes it.
 *
 * @throws VeilleurError
 */
export async function provisionDevice(order: DeviceOrder, run: DeviceRun): Promise<DeviceOutcome> {
  const places = placesOf(order, run.setup);
  const found = await look(order, run.client);
  const outcome =
    found === undefined ? await create(order, places, run) : await reconcile(order, found, places, run);
  if (outcome.kind !== 'differs' && !run.dryRun) await storeLocally(order, run);
  return outcome;
}

export function lineOf({ devEui, name, line }: DeviceOrder): DeviceLine {
  return { devEui, name, ...(line === undefined ? {} : { line }) };
}

function placesOf(order: DeviceOrder, setup: Setup): DevicePlaces {
  const application = setup.applications.get(order.application);
  const profile = setup.profiles.get(order.profile);
  if (application instanceof VeilleurError) throw application;
  if (profile instanceof VeilleurError) throw profile;
  if (application === undefined || profile === undefined) {
    throw new VeilleurError('setup_missing', `Nothing was set up for ${order.devEui}`);
  }
  return { application, profile };
}

/** A tenant's key may not ask for a device that does not exist: that is told apart by creating it. */
async function look(order: DeviceOrder, client: ChirpStackClient): Promise<devicePb.Device | undefined> {
  try {
    return await client.device(order.devEui);
  } catch (error) {
    if (isLnsError(error, 'lns_not_found', 'lns_forbidden')) return undefined;
    throw error;
  }
}

async function create(order: DeviceOrder, places: DevicePlaces, run: DeviceRun): Promise<DeviceOutcome> {
  const outcome = { kind: 'created', completed: false, ...lineOf(order) } as const;
  if (run.dryRun) return outcome;
  try {
    await run.client.createDevice(toChirpStackDevice(order, places));
  } catch (error) {
    if (!isLnsError(error, 'lns_already_exists', 'lns_slow', 'lns_unreachable', 'lns_failed')) throw error;
    // Another run was faster, or the answer to our own create was lost: see what is there now.
    const found = await look(order, run.client).catch(() => {
      throw unknownWhether(error);
    });
    if (found === undefined) throw error;
    return reconcile(order, found, places, run);
  }
  try {
    await setKey(order, run.client);
  } catch (error) {
    await takeBack(order, error, run.client);
  }
  return outcome;
}

function unknownWhether(error: VeilleurError): VeilleurError {
  return new VeilleurError(
    'device_state_unknown',
    `Whether the device was created is not known: ${error.message}`,
    {
      remedy: 'Run again once ChirpStack answers: a device without its key is completed.',
      retryable: true,
      cause: error,
    },
  );
}

/** Sets the first key of a device. The answer to an earlier attempt may have been lost. */
async function setKey(order: DeviceOrder, client: ChirpStackClient): Promise<void> {
  try {
    await client.createNwkKey(order.devEui, order.appKey);
  } catch (error) {
    if (!isLnsError(error, 'lns_already_exists')) throw error;
    const key = await client.nwkKey(order.devEui);
    if (key?.equals(order.appKey) !== true) throw error;
  }
}

/** A device without key would sit there mute, so it goes. */
async function takeBack(order: DeviceOrder, error: unknown, client: ChirpStackClient): Promise<never> {
  try {
    await client.deleteDevice(order.devEui);
  } catch (second) {
    throw new VeilleurError(
      'device_half_made',
      `The device is in ChirpStack without its key: setting the key failed (${messageOf(error)}), ` +
        `and so did removing the device (${messageOf(second)})`,
      {
        remedy: 'Run again: it sets the key. Until then the device can not join.',
        retryable: true,
        cause: error,
      },
    );
  }
  throw error;
}

async function reconcile(
  order: DeviceOrder,
  found: devicePb.Device,
  places: DevicePlaces,
  run: DeviceRun,
): Promise<DeviceOutcome> {
  const differences = deviceDifferences(order, found, places, run.setup);
  const key = await run.client.nwkKey(order.devEui);
  if (key === undefined && differences.length === 0) {
    if (!run.dryRun) await complete(order, run.client);
    return { kind: 'created', completed: true, ...lineOf(order) };
  }
  const sameKey = key?.equals(order.appKey) === true;
  if (!sameKey) differences.push(keyDifference(key === undefined));
  if (differences.length === 0) return { kind: 'unchanged', ...lineOf(order) };
  if (!run.update) return { kind: 'differs', differences, ...lineOf(order) };
  refuseOtherTenant(found, run.setup);
  if (!run.dryRun) {
    if (key === undefined) await setKey(order, run.client);
    else if (!sameKey) await run.client.updateNwkKey(order.devEui, order.appKey);
    applyOrder(found, order, places);
    await run.client.updateDevice(found);
  }
  return { kind: 'updated', differences, ...lineOf(order) };
}

/** Finishes what an earlier run, or somebody, has left without a key. Not ours to remove. */
async function complete(order: DeviceOrder, client: ChirpStackClient): Promise<void> {
  try {
    await setKey(order, client);
  } catch (error) {
    throw new VeilleurError(
      'device_half_made',
      `The device was in ChirpStack without its key, and setting the key failed (${messageOf(error)})`,
      {
        remedy: 'Run again: it sets the key. Until then the device can not join.',
        retryable: true,
        cause: error,
      },
    );
  }
}

/** A key is compared, never shown. */
function keyDifference(missing: boolean): Difference {
  return { field: 'appKey', wanted: HIDDEN, found: missing ? 'none' : `${HIDDEN}, another one` };
}

/** ChirpStack would let a global admin key move a device over from another tenant. */
function refuseOtherTenant(found: devicePb.Device, setup: Setup): void {
  if (setup.applicationNames.has(found.getApplicationId())) return;
  throw new VeilleurError('device_in_other_tenant', 'The device belongs to another tenant of ChirpStack', {
    remedy: 'Have it removed there, or name that tenant for this run.',
  });
}

async function storeLocally(order: DeviceOrder, run: DeviceRun): Promise<void> {
  try {
    await run.onDevice?.(order);
  } catch (error) {
    throw new VeilleurError(
      'device_not_stored',
      `The device is in ChirpStack, but Veilleur has not stored it: ${messageOf(error)}`,
      {
        remedy: `${error instanceof VeilleurError && error.remedy !== undefined ? `${error.remedy} ` : ''}Run again: only what is missing is done.`,
        retryable: true,
        cause: error,
      },
    );
  }
}
