/**
 * A **catalogue** is a public collection of device codecs; a **codec** in it is a script with examples
 * of what it must return. Everything here was written by strangers: it is read, never run in this process.
 */
export type Catalogue = 'the-things-network' | 'chirpstack' | 'ts013';

export interface CatalogueScript {
  /** Relative to the folder that was read. */
  readonly file: string;
  readonly source: string;
}

/** What a catalogue says about LoRaWAN, in the words that our profiles use. */
export interface CatalogueLorawan {
  readonly macVersion: string;
  readonly regionalParameters: string;
  readonly class: 'A' | 'B' | 'C';
  readonly activation: 'OTAA' | 'ABP';
}

export interface CatalogueDevice {
  readonly name: string;
  /** Absent where the catalogue's own profile is missing or incomplete. */
  readonly lorawan?: CatalogueLorawan;
}

export interface UplinkBytes {
  readonly bytes: readonly number[];
  /** Absent in a few examples of codecs that do not look at it. */
  readonly fPort?: number;
  readonly recvTime?: Date;
  readonly variables?: Readonly<Record<string, string>>;
}

/** Given to the codec as it stands: some encoders read fields beside `data` that only they know. */
export interface DownlinkData {
  readonly data: unknown;
  readonly [field: string]: unknown;
}

/** An input, and the whole output (`{data, warnings, errors}` or `{bytes, fPort, ...}`) that it must give. */
export type CatalogueExample = {
  readonly description: string;
  readonly expected: unknown;
  /** Only where the catalogue keeps this function in a file of its own: an encoder beside a decoder. */
  readonly script?: CatalogueScript;
} & (
  | { readonly kind: 'decodeUplink' | 'decodeDownlink'; readonly input: UplinkBytes }
  | { readonly kind: 'encodeDownlink'; readonly input: DownlinkData }
  | { readonly kind: 'normalizeUplink'; readonly input: { readonly data: unknown } }
);

export interface CatalogueCodec extends CatalogueScript {
  readonly kind: 'codec';
  /** `<vendor's folder>/<codec>`, unique within a catalogue. */
  readonly id: string;
  readonly catalogue: Catalogue;
  /** The vendor's name as people write it. */
  readonly vendor: string;
  readonly devices: readonly CatalogueDevice[];
  /** False for a codec that only encodes downlinks. */
  readonly decodes: boolean;
  readonly examples: readonly CatalogueExample[];
}

/** Something that could not be read. It stops nothing else. */
export interface CatalogueProblem {
  readonly kind: 'problem';
  /** Relative to the folder that was read, with line and column where they are known: `a/b.yaml:12:5`. */
  readonly place: string;
  readonly reason: string;
}

export type CatalogueEntry = CatalogueCodec | CatalogueProblem;

export function problem(place: string, reason: string): CatalogueProblem {
  return { kind: 'problem', place, reason };
}
