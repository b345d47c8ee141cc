import type { DevEui } from '@veilleur/domain';

export type Medium = 'water' | 'gas' | 'electricity' | 'lighting';

/** A device as the radio and the network server see it. The object is the same for all its emissions. */
export interface EmittingDevice {
  /** From 0, without gaps, below the city's `deviceCount`: for arrays beside the devices. */
  readonly index: number;
  readonly devEui: DevEui;
  /** Unique in the city. */
  readonly name: string;
  readonly medium: Medium;
  /** Of `device-profiles`, such as `axioma/qalcosonic-w1`. */
  readonly profileId: string;
  /** What the network server calls that profile. */
  readonly lnsProfileName: string;
  /** The application of the network server that the device is in: `eau`, `gaz` ... */
  readonly application: string;
  readonly tags: Readonly<Record<string, string>>;
  /** WGS 84, degrees. */
  readonly position: { readonly latitude: number; readonly longitude: number };
  /** Under an iron lid below the street: some 20 dB of loss. */
  readonly inPit: boolean;
  readonly deviceClass: 'A' | 'C';
  readonly activation: 'OTAA' | 'ABP';
}

/** A frame as its device's application hands it to the radio. */
export interface Emission {
  readonly device: EmittingDevice;
  /** When the device sends, by true time; its own clock, which dates the payload, may be wrong. */
  readonly at: Date;
  /** The n-th report of the device since its installation, from 0. Reports that it kept to itself don't count. */
  readonly report: number;
  readonly fPort: number;
  /** FRMPayload, made by the profile's encoder. */
  readonly payload: Uint8Array;
  readonly confirmed: boolean;
}
