/**
 * The codec API of LoRa Alliance TS013-1.0.0, as ChirpStack v4 and The Things Stack v3 run it. Our
 * decoders and strangers' decoders speak it alike.
 */
export interface UplinkInput {
  /** A plain array, as both network servers pass it: some public codecs `push` onto it or `concat` it. */
  readonly bytes: number[];
  readonly fPort: number;
  readonly recvTime: Date;
  /** What the network server knows of this one device, as its events tell it: the device's tags. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a decoder returned, before anybody has looked at it: any of the three can be missing or odd. */
export interface DecoderOutput {
  readonly data?: unknown;
  readonly warnings?: unknown;
  readonly errors?: unknown;
}

/**
 * Turns bytes into a vendor's own field names. May throw: whoever calls it is prepared for that.
 *
 * This is the seam between trust levels. `compileReviewedScript` runs a script of this repository in
 * our own process; a sandbox for strangers' scripts implements the same method.
 */
export interface Decoder {
  decodeUplink(input: UplinkInput): DecoderOutput;
}

/** The inverse of `decodeUplink`, which TS013 does not have: simulators and tests make frames with it. */
export interface Encoder {
  encodeUplink(data: unknown): { readonly bytes: readonly number[]; readonly fPort: number };
}
