/**
 * What a decoder gets and gives, LoRa Alliance TS013-1.0.0. Global, so that decoder.js needs no import
 * and can be pasted into ChirpStack or The Things Stack as it stands.
 */
interface UplinkInput {
  /** The payload (FRMPayload), one number from 0 to 255 a byte. */
  readonly bytes: number[];
  readonly fPort: number;
  /** When the network server received the frame. */
  readonly recvTime?: Date;
  /** What the network server knows of this device: ChirpStack's variables, or the device's tags. */
  readonly variables?: { readonly [name: string]: string };
}

/** `errors` that is not empty refuses the frame. */
interface UplinkOutput {
  data?: { [name: string]: unknown };
  warnings?: string[];
  errors?: string[];
}

/** What an encoder.js gives: the inverse of decodeUplink, for simulators and tests. */
interface EncodedUplink {
  bytes: number[];
  fPort: number;
}
