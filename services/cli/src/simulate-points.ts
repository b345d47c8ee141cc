import {
  type CityInstallation,
  type CityRegister,
  cityPoints,
  type RunPlan,
  type Source,
} from '@veilleur/simulators';
import {
  correctInstallation,
  findDevice,
  type InstallationRecord,
  installationsOf,
  type Pool,
  pointId,
  registerDevice,
  swapDevice,
} from '@veilleur/store';

/** Points of which something else was believed than what is learned after the run. */
export function pointsToCorrect(plan: RunPlan, { city }: Source): string[] {
  return Array.from(cityPoints(city, new Date(plan.untilMs)))
    .filter(({ registers }) => registers.some(({ correction }) => correction !== null))
    .map(({ code }) => code);
}

/**
 * Records what the operator learned of the city meanwhile, backwards: swaps that were told late, pulse
 * weights that were wrong. What was corrected already stays.
 *
 * @returns How many registers were corrected.
 */
export async function correctCity(pool: Pool, plan: RunPlan, { city }: Source, now: Date): Promise<number> {
  let corrected = 0;
  const addDevice = deviceAdder(pool, city);
  for (const { code, registers } of cityPoints(city, new Date(plan.untilMs))) {
    for (const register of registers) {
      if (register.correction === null) continue;
      const recorded = await installationsOf(pool, await pointId(pool, code));
      const standing = recorded.find((one) => isStillBelieved(one, register));
      if (standing === undefined) continue;
      // One that came in a swap may never have been heard.
      for (const { devEui } of register.known) await addDevice(devEui);
      await correct(pool, standing, register, { reason: register.correction, now });
      corrected += 1;
    }
  }
  return corrected;
}

/** Adds devices as an operator adds them; those that are known stay as they are. */
function deviceAdder(pool: Pool, city: Source['city']) {
  const devices = new Map(Array.from(city.devices(), (device) => [device.devEui, device]));
  return async (devEui: CityInstallation['devEui']) => {
    const device = devices.get(devEui);
    if (device === undefined || (await findDevice(pool, devEui)) !== null) return;
    const { name, application, profileId, tags, position } = device;
    await registerDevice(pool, {
      devEui,
      name,
      applicationName: application,
      profile: profileId,
      tags,
      position,
    });
  };
}

/** Whether nobody has recorded it anew. */
function isStillBelieved(
  recorded: InstallationRecord,
  { quantity, channel, believed }: CityRegister,
): boolean {
  const [first] = believed;
  return (
    recorded.supersededAt === null &&
    recorded.supersededBy === null &&
    recorded.quantity === quantity &&
    recorded.channel === channel &&
    recorded.to === null &&
    recorded.from === null &&
    first !== undefined &&
    recorded.devEui === first.devEui &&
    isSameFactor(recorded, first)
  );
}

function isSameFactor({ factor: a }: InstallationRecord, { factor: b }: CityInstallation): boolean {
  return a.numerator * b.denominator === b.numerator * a.denominator;
}

async function correct(
  pool: Pool,
  standing: InstallationRecord,
  { known }: CityRegister,
  because: { readonly reason: string; readonly now: Date },
): Promise<void> {
  let { id } = standing;
  let before = known[0];
  if (before !== undefined && !isSameFactor(standing, before)) {
    id = await correctInstallation(pool, id, { factor: before.factor }, because);
  }
  for (const next of known.slice(1)) {
    const at = next.from ?? because.now;
    id = await swapDevice(pool, id, { at, endIndex: before?.endIndex ?? null, next }, because);
    before = next;
  }
}
