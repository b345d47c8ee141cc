import type { DecodeResult } from '@veilleur/codec';
import type { Measurement } from '@veilleur/domain';
import type { Decoding } from '@veilleur/store';

/** What a decoder made of a frame, as it is stored. */
export interface DecodedFrame {
  readonly decoding: Decoding;
  readonly measurements: readonly Measurement[];
}

export function decodedFrame(result: DecodeResult, profileVersionId: number): DecodedFrame {
  if (result.outcome === 'decoded') {
    const { warnings, measurements } = result;
    return { decoding: { state: 'decoded', profileVersionId, warnings }, measurements };
  }
  const state = result.code === 'on_hold' ? 'waiting' : 'failed';
  const reason = `${result.code}: ${result.reason}`;
  return { decoding: { state, profileVersionId, reason }, measurements: [] };
}
