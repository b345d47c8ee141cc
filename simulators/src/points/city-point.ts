import type { DevEui, Quantity } from '@veilleur/domain';
import type { FamilyId } from '../faults/kinds.ts';

/** A site as an operator would write it down. */
export interface CitySite {
  readonly code: string;
  readonly name: string;
  readonly kind: 'city' | 'district' | 'household' | 'building';
  /** Code of the site that it is part of, which comes before it. */
  readonly parent: string | undefined;
  readonly timeZone: string | undefined;
  readonly attributes: Readonly<Record<string, string | number>>;
}

/** A device at a point for a span of time, in the words of a record of installation. Indexes are millionths. */
export interface CityInstallation {
  readonly devEui: DevEui;
  readonly deviceQuantity: Quantity;
  readonly deviceChannel: number;
  readonly quantity: Quantity;
  readonly channel: number;
  /** Null: for as long as anything is known. */
  readonly from: Date | null;
  /** Null while it stands. */
  readonly to: Date | null;
  readonly meterSerial: string | null;
  /** Units of the point's quantity for one unit that the device tells. */
  readonly factor: { readonly numerator: number; readonly denominator: number };
  readonly digits: number | null;
  readonly modulus: number | null;
  readonly startIndex: number | null;
  readonly endIndex: number | null;
  readonly meterIndex: null;
}

/** One register of a point, as it is first written down and as it really is. */
export interface CityRegister {
  readonly quantity: Quantity;
  readonly channel: number;
  /** What an operator records before the run. */
  readonly believed: readonly CityInstallation[];
  /** What he knows after it: the same, or a swap that was told late, or a pulse weight that was wrong. */
  readonly known: readonly CityInstallation[];
  /** Why he records it anew; null: nothing changes. */
  readonly correction: string | null;
}

/** One meter of the city: where consumption is metered, and by what. */
export interface CityPoint {
  readonly code: string;
  readonly name: string;
  readonly kind: 'water_contract' | 'pce' | 'prm' | 'cabinet' | 'own';
  readonly quantity: Quantity;
  readonly site: string;
  /** Code of the point whose meter sees this one's consumption too, which comes before it. */
  readonly parent: string | undefined;
  /** Minutes after local midnight: a gas day begins at 06:00. */
  readonly dayStartMinutes: number;
  readonly family: FamilyId;
  /** Within the family. */
  readonly number: number;
  readonly registers: readonly CityRegister[];
}
