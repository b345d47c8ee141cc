import type { Fact } from '@veilleur/rules';
import { type Change, type HandleChanges, readChangedFacts } from '@veilleur/store';
import type { LoadContext } from './load-devices.ts';
import type { RuleSet } from './rule-set.ts';

/** What the tail told of one device. */
export interface ToldDevice {
  readonly facts: readonly Fact[];
  /** From here on its history was made anew, ms; infinite: it was not. */
  readonly restatedFrom: number;
  /** Of the first change. */
  readonly position: number;
}

export interface ToldFacts {
  readonly devices: ReadonlyMap<number, ToldDevice>;
  /** The last moment at which the network server received something of it, ms; null: no frame is among it. */
  readonly until: number | null;
}

interface Growing {
  readonly facts: Fact[];
  restatedFrom: number;
  position: number;
}

/** What changes mean to rules, device by device. */
export async function factsOf(
  client: Parameters<HandleChanges>[0],
  changes: readonly Change[],
  { told: { quantities, channels }, events }: RuleSet,
  { quantityIds, quantityNames }: Pick<LoadContext, 'quantityIds' | 'quantityNames'>,
): Promise<ToldFacts> {
  const devices = new Map<number, Growing>();
  let until: number | null = null;
  for (const change of changes) {
    let device = devices.get(change.deviceId);
    if (device === undefined) {
      device = { facts: [], restatedFrom: Number.POSITIVE_INFINITY, position: Number.POSITIVE_INFINITY };
      devices.set(change.deviceId, device);
    }
    if (change.kind !== 'history') device.position = Math.min(device.position, change.position);
    switch (change.kind) {
      case 'frame': {
        const time = change.reportedAt.getTime();
        device.facts.push({ kind: 'heard', time });
        until = Math.max(until ?? time, time);
        break;
      }
      case 'device_event':
        break;
      case 'restatement':
      case 'history':
        device.restatedFrom = Math.min(
          device.restatedFrom,
          change.fromTime?.getTime() ?? Number.POSITIVE_INFINITY,
        );
        break;
    }
  }
  const told = await readChangedFacts(client, changes, {
    quantityIds: quantities.flatMap((name) => quantityIds.get(name) ?? []),
    channels,
    events,
  });
  for (const { deviceId, quantityId, channel, time, value } of told.measurements) {
    const quantity = quantityNames.get(quantityId);
    if (quantity !== undefined)
      devices.get(deviceId)?.facts.push({ kind: 'measurement', quantity, channel, time, value });
  }
  for (const { deviceId, kind, time } of told.events) {
    devices.get(deviceId)?.facts.push({ kind: 'event', event: kind, time });
  }
  return { devices, until };
}
