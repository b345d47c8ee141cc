import type { DecoderOutput, UplinkInput } from '../ts013.ts';
import type { Codec, RefusalCode, SandboxResult } from './call.ts';
import type { Sandbox } from './sandbox.ts';

/** `output` goes to `interpretOutput`, as a reviewed decoder's does. */
export type SandboxedDecode =
  | { readonly outcome: 'output'; readonly output: DecoderOutput }
  | {
      readonly outcome: 'failed';
      readonly code: 'decoder_threw' | RefusalCode;
      readonly reason: string;
    };

/** A `Decoder` for a stranger's codec: asynchronous, and a batch at a time. Results in order. */
export interface SandboxedDecoder {
  decodeUplink(inputs: readonly UplinkInput[]): Promise<readonly SandboxedDecode[]>;
}

export function sandboxedDecoder(sandbox: Sandbox, codec: Codec): SandboxedDecoder {
  return {
    async decodeUplink(inputs) {
      const results = await sandbox.run(inputs.map((input) => ({ codec, kind: 'decodeUplink', input })));
      return results.map(decodeOf);
    },
  };
}

function decodeOf(result: SandboxResult): SandboxedDecode {
  switch (result.outcome) {
    case 'returned':
      return { outcome: 'output', output: withWarnings(result.output, result.warnings) };
    case 'threw':
      return { outcome: 'failed', code: 'decoder_threw', reason: result.message };
    case 'refused':
      return { outcome: 'failed', code: result.code, reason: result.reason };
  }
}

/** What the sandbox had to change stands behind the codec's own warnings, so that it reaches a reader. */
function withWarnings(output: unknown, warnings: readonly string[]): DecoderOutput {
  const isRecord = typeof output === 'object' && output !== null && !Array.isArray(output);
  if (!isRecord || warnings.length === 0) return output as DecoderOutput;
  const own = (output as DecoderOutput).warnings ?? [];
  return { ...output, warnings: [...(Array.isArray(own) ? own : [own]), ...warnings] };
}
