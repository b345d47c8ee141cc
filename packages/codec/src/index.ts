export { catalogueOf, FIRST_PARTY_PROFILES, loadProfiles, type ProfileCatalogue } from './catalogue.ts';
export { type CheckReport, checkProfile, type Difference, type VectorVerdict } from './check.ts';
export {
  type DecodeFailureCode,
  type DecodeInput,
  type DecodeResult,
  decodeFrame,
  interpretOutput,
} from './decode.ts';
export { compileMapping, type Mapping, type MappingEntry } from './mapping.ts';
export { type EncodedUplink, loadProfile, type Profile } from './profile.ts';
export type { Decoder, DecoderOutput, Encoder, UplinkInput } from './ts013.ts';
export type { Vector } from './vectors.ts';
