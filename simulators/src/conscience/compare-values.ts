import { type DevEui, QUANTITIES, type Quantity } from '@veilleur/domain';
import type { CityDevice } from '../city/city-device.ts';
import type { Family } from '../city/family.ts';
import { derive, unit } from '../seeded.ts';
import {
  type Comparison,
  type ComparisonContext,
  type FindingKind,
  Findings,
  type HeldMeasurement,
} from './comparison.ts';
import { RegisterSums } from './register-sums.ts';
import { type SendingTimes, sendingTimes } from './report-times.ts';
import { clockMsOf, isOfItsFrame } from './told-times.ts';
import { heardFrames, ToldValues } from './told-values.ts';

const SAY_EVERY_DEVICES = 5000;
/** Of devices without a fault, so many of a thousand are looked at flag by flag. */
const SOUND_DEVICES_PERMILLE = 10;
/** What the server's own events tell, and no frame. */
const OF_EVENTS: readonly Quantity[] = ['link_margin', 'battery_level'];

const ALL = Object.keys(QUANTITIES) as Quantity[];
const isIndex = (quantity: Quantity) => QUANTITIES[quantity].kind === 'index';

/** Every stored index is what the device's register showed then, to the unit; none is missing, none is twice there. */
export const REGISTERS: Comparison = {
  name: 'registers',
  run: (context) => {
    const chosen = derive(context.plan.seed, 'conscience registers');
    return compareValues(context, {
      kind: 'index_wrong',
      quantities: ALL.filter(isIndex),
      takes: (device) => context.deviceShare >= 1 || unit(chosen, device.index) < context.deviceShare,
    });
  },
};

/** Alarms, powers and levels are as the devices' faults make them: all devices with a fault, some without. */
export const STATES: Comparison = {
  name: 'states',
  run: (context) => {
    const chosen = derive(context.plan.seed, 'conscience states');
    const families = familiesOf(context);
    return compareValues(context, {
      kind: 'state_wrong',
      quantities: ALL.filter((quantity) => !OF_EVENTS.includes(quantity)),
      takes: (device) =>
        families.get(device.familyId)?.faults.has(device.number) === true ||
        unit(chosen, device.index) < (SOUND_DEVICES_PERMILLE / 1000) * context.deviceShare,
    });
  },
};

interface Selection {
  readonly kind: FindingKind;
  readonly quantities: readonly Quantity[];
  takes(device: CityDevice): boolean;
}

function familiesOf({ source }: ComparisonContext): ReadonlyMap<string, Family> {
  return new Map(source.city.models.families.map((family) => [family.id, family]));
}

/** What is known and told of the device whose values come. */
interface Look {
  readonly device: CityDevice;
  readonly family: Family;
  readonly sendings: SendingTimes;
  readonly told: ToldValues;
}

async function compareValues(context: ComparisonContext, selection: Selection) {
  const { plan, source, knowledge, holdings, say } = context;
  const families = familiesOf(context);
  const findings = new Findings();
  const sendingsOf = sendingTimes(source.city, knowledge);
  const heard = heardFrames(knowledge);
  const devices = new Map<DevEui, CityDevice>();
  for (const device of source.city.devices()) {
    if (selection.takes(device)) devices.set(device.devEui, device);
  }
  const sums = new RegisterSums(families);
  const silent = new Set(devices.values());
  const missingHours = new Map<DevEui, Set<number>>();
  const lookAt = (device: CityDevice): Look => {
    const family = families.get(device.familyId) as Family;
    return { device, family, sendings: sendingsOf(device.index), told: new ToldValues(device, family) };
  };
  const conclude = ({ device, told, sendings }: Look) => {
    silent.delete(device);
    told.compare(heard.get(device.index), selection.quantities, plan, knowledge, findings);
    const hours = told.missingHours(sendings);
    if (hours.size > 0) missingHours.set(device.devEui, hours);
  };
  let current: Look | undefined;
  let n = 0;
  // All of them in one question: they lie mixed on the disk, which is read once so.
  for await (const held of holdings.measurementsOf([...devices.keys()], selection.quantities)) {
    if (held.devEui !== current?.device.devEui) {
      if (current !== undefined) conclude(current);
      const device = devices.get(held.devEui);
      current = device && lookAt(device);
      n += 1;
      if (n % SAY_EVERY_DEVICES === 0) say(`${n} devices, ${findings.compared} values`);
    }
    if (current === undefined) continue;
    const { device, family, sendings, told } = current;
    const sentAtMs = sendings.at(held.reportedAtMs);
    const clockMs = sentAtMs === null ? 0 : clockMsOf(device, sentAtMs);
    if (
      sentAtMs === null ||
      !sendings.isReception(held.reportedAtMs) ||
      !isOfItsFrame(device, family, held, sentAtMs, clockMs)
    ) {
      addUnfounded(held, 'nothing was sent that tells of this time', findings);
      continue;
    }
    told.note(held);
    const moments = momentsOf(held, sentAtMs, clockMs);
    compareOne(held, expectedAt(family, moments, device, held), selection.kind, findings);
    if (isIndex(held.quantity)) sums.note(held, device, moments[0]);
  }
  if (current !== undefined) conclude(current);
  for (const device of silent) conclude(lookAt(device));
  await compareHours(context, missingHours, findings);
  if (selection.kind === 'index_wrong') sums.compare(findings);
  findings.figures.devices = devices.size;
  return findings.result();
}

/** The hours before the run may have been told to an earlier one already, and then are not told again. */
async function compareHours(
  { plan, holdings }: ComparisonContext,
  missing: ReadonlyMap<DevEui, Set<number>>,
  findings: Findings,
): Promise<void> {
  if (missing.size === 0) return;
  for await (const { devEui, timeMs, reportedAtMs } of holdings.readingsOf(
    [...missing.keys()],
    ['water_volume'],
  )) {
    if (reportedAtMs < plan.fromMs) missing.get(devEui)?.delete(timeMs);
  }
  for (const [devEui, hours] of missing) {
    if (hours.size === 0) continue;
    findings.add({
      kind: 'index_missing',
      devEui,
      at: new Date(Math.min(...hours)),
      what: 'full hours of its log',
      expected: 'all that its frames told',
      found: `${hours.size} missing, the first of them then`,
      weight: 3,
    });
  }
}

/** What a device's register or flag showed when it told a value; undefined: the models don't say. */
type Expected = readonly number[] | undefined;

/** `momentsOf` of a value; null where its device was never heard. */
export function trueMoments({
  source,
  knowledge,
}: Pick<ComparisonContext, 'source' | 'knowledge'>): (
  device: CityDevice,
  held: HeldMeasurement,
) => readonly number[] | null {
  const sendingsOf = sendingTimes(source.city, knowledge);
  let of: CityDevice | undefined;
  let sendings: SendingTimes | undefined;
  return (device, held) => {
    if (sendings === undefined || device !== of) sendings = sendingsOf(device.index);
    of = device;
    const sentAtMs = sendings.at(held.reportedAtMs);
    return sentAtMs === null ? null : momentsOf(held, sentAtMs, clockMsOf(device, sentAtMs));
  };
}

/**
 * The true seconds that a value can be of. Frames with a clock of their own date what they say by it, right
 * or wrong; the others' values carry the time of reception, and are of the moment of sending.
 */
function momentsOf(
  { timeMs, reportedAtMs }: HeldMeasurement,
  sentAtMs: number,
  clockMs: number,
): readonly number[] {
  const sentAt_s = Math.floor(sentAtMs / 1000);
  const byOwnClock_s = Math.floor(timeMs / 1000) + sentAt_s - clockMs / 1000;
  return timeMs === reportedAtMs ? [sentAt_s, byOwnClock_s] : [byOwnClock_s];
}

function expectedAt(
  family: Family,
  moments: readonly number[],
  { number }: CityDevice,
  { quantity, channel }: HeldMeasurement,
): Expected {
  if (quantity === 'pulse_count' && channel === 2) return UNWIRED;
  const values = moments.flatMap((time_s) =>
    family
      .truth(number, time_s)
      .filter((truth) => truth.quantity === quantity && truth.channel === channel)
      .map(({ value }) => value),
  );
  return values.length === 0 ? undefined : values;
}

/** No meter is on a PULSE's second input. */
const UNWIRED = [0];

function compareOne(held: HeldMeasurement, expected: Expected, kind: FindingKind, findings: Findings): void {
  const { devEui, quantity, timeMs, value } = held;
  if (expected === undefined) {
    if (isIndex(quantity)) addUnfounded(held, 'no such register', findings);
    else findings.count('notSimulated');
    return;
  }
  findings.compared += 1;
  if (expected.some((one) => isSame(one, value))) return;
  const [wanted = 0] = expected;
  const { unit: symbol } = QUANTITIES[quantity];
  findings.add({
    kind,
    devEui,
    at: new Date(timeMs),
    what: nameOf(held),
    expected: `${wanted} ${symbol}`,
    found: `${value} ${symbol}`,
    // A large error before a small one, and all of them after lost frames.
    weight: 1 + Math.min(1, Math.abs(value - wanted) / Math.max(1, Math.abs(wanted))),
  });
}

function addUnfounded(held: HeldMeasurement, expected: string, findings: Findings): void {
  const { devEui, quantity, timeMs, value } = held;
  findings.compared += 1;
  findings.add({
    kind: 'measurement_unfounded',
    devEui,
    at: new Date(timeMs),
    what: nameOf(held),
    expected,
    found: `${value} ${QUANTITIES[quantity].unit}`,
  });
}

const nameOf = ({ quantity, channel }: HeldMeasurement) =>
  channel === 0 ? quantity : `${quantity}/${channel}`;

/** To the unit: registers are whole numbers of a step, which floating point moves by far less than that. */
export function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
