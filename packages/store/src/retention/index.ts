export { COMPRESSED, type CompressionOutcome, keepCompression } from './compression.ts';
export { type Forgettable, forget, forgettable } from './forget.ts';
export { forgottenBefore } from './horizon.ts';
export { type Cutoffs, RETAINED_KINDS, type RetainedKind } from './kinds.ts';
export { type Part, partsOf } from './parts.ts';
