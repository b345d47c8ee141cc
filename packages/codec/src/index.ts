export {
  FIRST_PARTY_PROFILES,
  loadFirstPartyProfiles,
  loadProfiles,
  loadSandboxedProfiles,
  type ProfileCatalogue,
} from './catalogue.ts';
export type {
  Catalogue,
  CatalogueCodec,
  CatalogueDevice,
  CatalogueEntry,
  CatalogueExample,
  CatalogueProblem,
} from './catalogues/catalogue-codec.ts';
export {
  type CatalogueProgress,
  type CatalogueReport,
  type CodecVerdict,
  checkCatalogue,
  type ExampleDifference,
  type ExampleRefusal,
} from './catalogues/check-catalogue.ts';
export { type ImportedCodec, type ImportReport, importCatalogue } from './catalogues/import-catalogue.ts';
export type { Confidence } from './catalogues/proposal/judge-unit.ts';
export {
  type ProposedEntry,
  type ProposedMapping,
  proposeMapping,
} from './catalogues/proposal/propose-mapping.ts';
export { readCatalogue } from './catalogues/read-catalogue.ts';
export {
  type CheckReport,
  checkProfile,
  checkSandboxedProfile,
  type Difference,
  type VectorVerdict,
} from './check.ts';
export {
  type DecodeFailureCode,
  type DecodeInput,
  type DecodeResult,
  decodeFrame,
  interpretOutput,
  judgesFrame,
} from './decode.ts';
export { decodeFrames } from './decode-frames.ts';
export { compileMapping, type Mapping, type MappingEntry } from './mapping.ts';
export {
  type EncodedUplink,
  loadSandboxedProfile,
  type Profile,
  type ReviewedProfile,
  type SandboxedProfile,
} from './profile.ts';
export {
  type Codec,
  codecOf,
  type DownlinkInput,
  type RefusalCode,
  type SandboxCall,
  type SandboxResult,
} from './sandbox/call.ts';
export type { CodecStats } from './sandbox/codec-stats.ts';
export { createSandbox, type Sandbox, type SandboxOptions } from './sandbox/sandbox.ts';
export {
  type SandboxedDecode,
  type SandboxedDecoder,
  sandboxedDecoder,
} from './sandbox/sandboxed-decoder.ts';
export type { Decoder, DecoderOutput, Encoder, UplinkInput } from './ts013.ts';
export type { Vector } from './vectors.ts';
