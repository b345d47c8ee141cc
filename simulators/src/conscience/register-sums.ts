import type { Quantity } from '@veilleur/domain';
import type { CityDevice } from '../city/city-device.ts';
import type { Family } from '../city/family.ts';
import type { FamilyId } from '../faults/kinds.ts';
import type { Findings, HeldMeasurement } from './comparison.ts';

interface End {
  readonly device: CityDevice;
  readonly held: HeldMeasurement;
  readonly first_s: number;
  last: number;
  last_s: number;
}

/** What physics calls the flow behind a register, and what one of the register's units is of it. */
interface Flow {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly unit: 'm3' | 'kWh';
  readonly perUnit: number;
  /** The register's smallest step, in `unit`. */
  readonly step: number;
}

/** A pulse of a home's meter is 10 L, one of a building's 100 L. */
const PULSE_M3: Partial<Record<FamilyId, number>> = { gas: 0.01, building_gas: 0.1 };

function flowOf({ quantity, channel }: HeldMeasurement, family: FamilyId): Flow | undefined {
  switch (quantity) {
    case 'water_volume':
      return { quantity, channel, unit: 'm3', perUnit: 1, step: 0.001 };
    case 'active_energy_import':
      return { quantity, channel, unit: 'kWh', perUnit: 1, step: 0.001 };
    case 'pulse_count': {
      const pulse_m3 = PULSE_M3[family];
      if (pulse_m3 === undefined || channel !== 1) return undefined;
      return { quantity: 'gas_volume', channel: 0, unit: 'm3', perUnit: pulse_m3, step: pulse_m3 };
    }
    default:
      return undefined;
  }
}

/**
 * m3 and kWh of the meters without a fault: what flowed by physics, against what the stored registers
 * advanced. A register shows whole steps, so that the two differ by less than one.
 */
export class RegisterSums {
  readonly #families: ReadonlyMap<string, Family>;
  readonly #ends = new Map<string, End>();

  constructor(families: ReadonlyMap<string, Family>) {
    this.#families = families;
  }

  /**
   * A device's in the order of time.
   *
   * @param moment_s the true second that the value is of.
   */
  note(held: HeldMeasurement, device: CityDevice, moment_s: number | undefined): void {
    if (moment_s === undefined) return;
    const key = `${held.devEui}/${held.quantity}/${held.channel}`;
    const end = this.#ends.get(key);
    if (end === undefined) {
      this.#ends.set(key, { device, held, first_s: moment_s, last: held.value, last_s: moment_s });
    } else {
      end.last = held.value;
      end.last_s = moment_s;
    }
  }

  compare(findings: Findings): void {
    for (const { device, held, first_s, last, last_s } of this.#ends.values()) {
      const family = this.#families.get(device.familyId);
      const flow = flowOf(held, device.familyId);
      if (family === undefined || flow === undefined || family.faults.has(device.number)) continue;
      const physicsAt = (time_s: number) =>
        family
          .physics(device.number, time_s)
          .find(({ quantity, channel }) => quantity === flow.quantity && channel === flow.channel)?.value ??
        0;
      const simulated = physicsAt(last_s) - physicsAt(first_s);
      const stored = (last - held.value) * flow.perUnit;
      findings.count(`${device.medium}: ${flow.unit} simulated`, simulated);
      findings.count(`${device.medium}: ${flow.unit} stored`, stored);
      findings.compared += 1;
      if (Math.abs(simulated - stored) < flow.step + 1e-6) continue;
      findings.add({
        kind: 'sum_wrong',
        devEui: device.devEui,
        at: new Date(last_s * 1000),
        what: `${held.quantity}/${held.channel} since ${new Date(first_s * 1000).toISOString()}`,
        expected: `${simulated.toFixed(3)} ${flow.unit}`,
        found: `${stored.toFixed(3)} ${flow.unit}`,
        weight: 6,
      });
    }
  }
}
