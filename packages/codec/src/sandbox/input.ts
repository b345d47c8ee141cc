import { messageOf } from '@veilleur/domain';

import type { SandboxCall } from './call.ts';
import type { WireCall } from './wire.ts';

/** A call's input as the text that the guest parses. Dates travel as epoch milliseconds. */
export function inputOf(
  call: SandboxCall,
  maxChars: number,
): Pick<WireCall, 'inputText' | 'clockMs'> | { readonly refused: string } {
  try {
    const { fields, clockMs } = fieldsOf(call);
    const inputText = JSON.stringify(fields);
    if (inputText.length <= maxChars) return { inputText, clockMs };
    return { refused: `the input is longer than ${maxChars} characters of JSON` };
  } catch (cause) {
    return { refused: `the input is no JSON: ${messageOf(cause)}` };
  }
}

function fieldsOf(call: SandboxCall): { fields: object; clockMs: number | null } {
  switch (call.kind) {
    case 'decodeUplink':
    case 'decodeDownlink': {
      const { bytes, fPort, recvTime, variables } = call.input;
      // Without a time of reception, "now" is the best that anybody can say.
      const clockMs = Number.isNaN(recvTime.getTime()) ? null : recvTime.getTime();
      return { fields: { bytes, fPort, recvTime: clockMs ?? undefined, variables }, clockMs };
    }
    case 'normalizeUplink':
    case 'encodeDownlink':
      return { fields: call.input, clockMs: null };
  }
}
