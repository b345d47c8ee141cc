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
import { sendingTimes } from './report-times.ts';

const SAY_EVERY_DEVICES = 5000;
/** Of devices without a fault, so many of a thousand are looked at flag by flag. */
const SOUND_DEVICES_PERMILLE = 10;
/** What the server's own events tell, and no frame. */
const OF_EVENTS: readonly Quantity[] = ['link_margin', 'battery_level'];

const ALL = Object.keys(QUANTITIES) as Quantity[];
const isIndex = (quantity: Quantity) => QUANTITIES[quantity].kind === 'index';

/** Every stored index is what the device's register showed then, to the unit; and none is missing. */
export const REGISTERS: Comparison = {
  name: 'registers',
  run: (context) => {
    const chosen = derive(context.plan.seed, 'conscience registers');
    return compareValues(context, {
      kind: 'index_wrong',
      quantities: ALL.filter(isIndex),
      // Gas meters' daily frames and a W1's Enhanced frames tell no new index.
      isComplete: ({ profileId }, isFaulty) => profileId !== 'adeunis/pulse' && !isFaulty,
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
      isComplete: () => true,
      takes: (device) =>
        families.get(device.familyId)?.faults.has(device.number) === true ||
        unit(chosen, device.index) < (SOUND_DEVICES_PERMILLE / 1000) * context.deviceShare,
    });
  },
};

interface Selection {
  readonly kind: FindingKind;
  readonly quantities: readonly Quantity[];
  /** Whether each frame of a device tells at least one new value of these. */
  isComplete(device: CityDevice, isFaulty: boolean): boolean;
  takes(device: CityDevice): boolean;
}

const HOUR_MS = 3_600_000;
/** From a device's clock to the server, and what a clock without milliseconds leaves out. */
const ON_THE_HOUR_MS = 5000;

/** One that came late may tell nothing new: the history of the one after it had the same moment already. */
function reportsOnTheHour(offsetMs = Number.NaN): boolean {
  return offsetMs % HOUR_MS < ON_THE_HOUR_MS;
}

function familiesOf({ source }: ComparisonContext): ReadonlyMap<string, Family> {
  return new Map(source.city.models.families.map((family) => [family.id, family]));
}

async function compareValues(context: ComparisonContext, selection: Selection) {
  const { source, knowledge, holdings, say } = context;
  const families = familiesOf(context);
  const findings = new Findings();
  const momentsOf = trueMoments(context);
  const framesOf = new Map<number, number>();
  for (const { device, frames } of knowledge.sessions)
    framesOf.set(device, (framesOf.get(device) ?? 0) + frames);
  const doubtful = new Set(knowledge.inDoubt.map(({ device }) => device));
  const devices = new Map<DevEui, CityDevice>();
  for (const device of source.city.devices()) {
    if (selection.takes(device)) devices.set(device.devEui, device);
  }
  const sums = new RegisterSums(families);
  const told = new Map<DevEui, number>();
  let devEui: DevEui | undefined;
  let times = new Set<number>();
  // All of them in one question: they lie mixed on the disk, which is read once so.
  for await (const held of holdings.measurementsOf([...devices.keys()], selection.quantities)) {
    const device = devices.get(held.devEui);
    if (device === undefined) continue;
    if (held.devEui !== devEui) {
      devEui = held.devEui;
      times = new Set();
      if (told.size > 0 && told.size % SAY_EVERY_DEVICES === 0)
        say(`${told.size} devices, ${findings.compared} values`);
    }
    times.add(held.reportedAtMs);
    told.set(devEui, times.size);
    const moments = momentsOf(device, held);
    const expected = expectedAt(families.get(device.familyId), moments, device, held);
    compareOne(held, expected, selection.kind, findings);
    if (isIndex(held.quantity)) sums.note(held, device, moments?.[0]);
  }
  for (const device of devices.values()) {
    const frames = framesOf.get(device.index) ?? 0;
    const found = told.get(device.devEui) ?? 0;
    const isFaulty = families.get(device.familyId)?.faults.has(device.number) === true;
    if (
      !selection.isComplete(device, isFaulty) ||
      found >= frames - knowledge.repeated ||
      doubtful.has(device.index) ||
      reportsOnTheHour(knowledge.offsetMs[device.index])
    )
      continue;
    findings.add({
      kind: 'index_missing',
      devEui: device.devEui,
      what: 'frames that told a value',
      expected: `${frames}`,
      found: `${found}`,
      weight: 3,
    });
  }
  if (selection.kind === 'index_wrong') sums.compare(findings);
  findings.figures.devices = devices.size;
  return findings.result();
}

/** What a device's register or flag showed when it told a value; undefined: the models don't say. */
type Expected = readonly number[] | undefined | null;

/**
 * The true seconds that a value can be of; null where the simulator never sent anything at that time.
 * Frames with a clock of their own date what they say by it, right or wrong; the others' values carry the
 * time of reception, and are of the moment of sending.
 */
export function trueMoments({
  source,
  knowledge,
}: Pick<ComparisonContext, 'source' | 'knowledge'>): (
  device: CityDevice,
  held: HeldMeasurement,
) => readonly number[] | null {
  const sentAt = sendingTimes(source.city, knowledge);
  return (device, { timeMs, reportedAtMs }) => {
    const sentAtMs = sentAt(device.index, reportedAtMs);
    if (sentAtMs === null) return null;
    const byOwnClock_s = Math.floor(timeMs / 1000) - device.clockError_s(new Date(sentAtMs));
    return timeMs === reportedAtMs ? [Math.floor(sentAtMs / 1000), byOwnClock_s] : [byOwnClock_s];
  };
}

function expectedAt(
  family: Family | undefined,
  moments: readonly number[] | null,
  { number }: CityDevice,
  { quantity, channel }: HeldMeasurement,
): Expected {
  if (family === undefined || moments === null) return null;
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
  if (expected === undefined) {
    findings.count('notSimulated');
    return;
  }
  findings.compared += 1;
  if (expected?.some((value) => isSame(value, held.value))) return;
  const { devEui, quantity, channel, timeMs, value } = held;
  const [wanted] = expected ?? [];
  const { unit: symbol } = QUANTITIES[quantity];
  findings.add({
    kind: expected === null ? 'measurement_unfounded' : kind,
    devEui,
    at: new Date(timeMs),
    what: channel === 0 ? quantity : `${quantity}/${channel}`,
    expected: wanted === undefined ? 'nothing was sent' : `${wanted} ${symbol}`,
    found: `${value} ${symbol}`,
    // A large error before a small one, and all of them after lost frames.
    weight:
      wanted === undefined ? 1 : 1 + Math.min(1, Math.abs(value - wanted) / Math.max(1, Math.abs(wanted))),
  });
}

/** To the unit: registers are whole numbers of a step, which floating point moves by far less than that. */
export function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}
