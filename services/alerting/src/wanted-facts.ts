import type { Fact } from '@veilleur/rules';
import type { ToldDevice } from './told-facts.ts';
import { earliestOf, takenOf, type WatchedDevice } from './watched-device.ts';

/** Whether a rule of the device looks at it. */
export function isWanted(device: WatchedDevice, fact: Fact): boolean {
  switch (fact.kind) {
    case 'measurement':
      return device.wants(fact.quantity);
    case 'heard':
      return true;
    case 'event':
      return device.interest.events.has(fact.event);
  }
}

/** The earliest of what was told with the changes for which a device is read. */
export function newsOf(device: WatchedDevice, told: ToldDevice | undefined, now: number): number {
  if (told === undefined) return Number.POSITIVE_INFINITY;
  const wanted = told.facts.filter((fact) => isWanted(device, fact));
  return Math.min(told.restatedFrom, earliestOf(takenOf(wanted, now)));
}
