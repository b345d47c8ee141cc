import {
  type Backtest,
  type BacktestSpan,
  type DeviceAttributes,
  type Fact,
  isSelected,
  type Lead,
  longerLead,
  type NeededFacts,
} from '@veilleur/rules';
import {
  type AttributesOfDevice,
  attributesOfDevices,
  lastHeard,
  nextDevices,
  type Pool,
  type StoredFacts,
  storedFacts,
} from '@veilleur/store';
import type { Output } from './output.ts';

const PAGE = 1000;
/** Devices whose facts are in memory at once: of a year of hourly readings some 10 MB each. */
const BATCH = 10;
/** What teaches how often a device reports. */
const LEARNING_MS = 3 * 86_400_000;

export interface HistoryScope {
  /** DevEUIs or names; nothing: all. */
  readonly devices?: readonly string[] | undefined;
  readonly sites?: readonly string[] | undefined;
}

export interface HistoryToTell {
  readonly span: BacktestSpan;
  readonly scope: HistoryScope;
  readonly needed: NeededFacts;
  /** Of devices that stand at no site with a zone of its own. */
  readonly cityZone: string;
}

/**
 * Tells stored history to backtests, device by device: each is told of the devices that its rules choose.
 *
 * @returns The devices that were looked at.
 */
export async function tellHistory(
  pool: Pool,
  backtests: readonly Backtest[],
  { span, scope, needed, cityZone }: HistoryToTell,
  output: Output,
): Promise<readonly AttributesOfDevice[]> {
  const devices = (await chosenDevices(pool, backtests, scope, new Date(span.to)))
    .map((device) => ({ device, lead: backtests.map((one) => one.leadFor(device)).reduce(longerLead) }))
    // Those that need the same length of history are read together.
    .sort((a, b) => a.lead.rememberMs - b.lead.rememberMs || a.device.id - b.device.id);
  const to = new Date(span.to);
  const progress = output.progress('devices', devices.length);
  try {
    for (let i = 0; i < devices.length; i += BATCH) {
      const batch = devices.slice(i, i + BATCH);
      const ids = batch.map(({ device }) => device.id);
      const from = new Date(span.from - Math.max(...batch.map(({ lead }) => lead.rememberMs)));
      const [facts, last] = await Promise.all([
        storedFacts(pool, ids, { ...needed, from, to }),
        lastHeard(pool, ids, from),
      ]);
      for (const { device, lead } of batch) {
        const told = facts.get(device.id);
        const heard = last.get(device.id);
        if (told?.heard.length === 0 && heard !== undefined) {
          const since = new Date(heard - LEARNING_MS);
          const longer = await storedFacts(pool, [device.id], { ...needed, from: since, to });
          tell(backtests, device, longer.get(device.id), leadOfSilent(lead, heard, span), cityZone);
        } else tell(backtests, device, told, lead, cityZone);
        progress.increment();
      }
    }
  } finally {
    progress.stop();
  }
  return devices.map(({ device }) => device);
}

/** A device that was silent long before is evaluated from its last frame on: its silence began there. */
function leadOfSilent(lead: Lead, heard: number, { from }: BacktestSpan): Lead {
  return {
    evaluateMs: Math.max(lead.evaluateMs, from - heard + 1),
    rememberMs: Math.max(lead.rememberMs, from - heard + LEARNING_MS),
  };
}

function tell(
  backtests: readonly Backtest[],
  device: AttributesOfDevice,
  told: StoredFacts | undefined,
  lead: Lead,
  cityZone: string,
): void {
  const { latitude, longitude, timeZone } = device;
  const place = {
    zone: timeZone ?? cityZone,
    position: latitude === null || longitude === null ? null : { latitude, longitude },
  };
  const facts = told === undefined ? [] : factsOf(told);
  for (const backtest of backtests) {
    if (backtest.isAbout(device)) backtest.take(device, place, facts, lead);
  }
}

function factsOf({ measurements, heard, events }: StoredFacts): Fact[] {
  return [
    ...measurements.map((one): Fact => ({ kind: 'measurement', ...one })),
    ...heard.map((time): Fact => ({ kind: 'heard', time })),
    ...events.map(({ kind: event, time }): Fact => ({ kind: 'event', event, time })),
  ];
}

async function chosenDevices(
  pool: Pool,
  backtests: readonly Backtest[],
  { devices, sites }: HistoryScope,
  at: Date,
): Promise<AttributesOfDevice[]> {
  const chosen: AttributesOfDevice[] = [];
  const select = {
    ...(devices === undefined ? {} : { devices: [...devices] }),
    ...(sites === undefined ? {} : { sites: [...sites] }),
  };
  const isChosen = (device: DeviceAttributes) =>
    isSelected(select, device) && backtests.some((backtest) => backtest.isAbout(device));
  for (let after = 0; ; ) {
    const ids = await nextDevices(pool, { partition: 0, partitions: 1, after, limit: PAGE });
    const last = ids.at(-1);
    if (last === undefined) return chosen;
    chosen.push(...(await attributesOfDevices(pool, ids, at)).filter(isChosen));
    after = last;
  }
}
