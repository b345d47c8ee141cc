import { type DecodeInput, type DecodeResult, interpretOutput, suitablePort } from './decode.ts';
import type { Profile, SandboxedProfile } from './profile.ts';
import type { Sandbox } from './sandbox/sandbox.ts';
import { sandboxedDecoder } from './sandbox/sandboxed-decoder.ts';

/**
 * Decodes frames of one profile, in this process or in the sandbox as the profile wants. Results stand in
 * the order of the inputs.
 */
export async function decodeFrames(
  profile: Profile,
  inputs: readonly DecodeInput[],
  sandbox: Sandbox,
): Promise<readonly DecodeResult[]> {
  switch (profile.execution) {
    case 'in_process':
      return inputs.map((input) => profile.decode(input));
    case 'sandboxed':
      return decodeSandboxed(profile, inputs, sandbox);
  }
}

async function decodeSandboxed(
  { codec, fPorts, mapping }: SandboxedProfile,
  inputs: readonly DecodeInput[],
  sandbox: Sandbox,
): Promise<readonly DecodeResult[]> {
  const ports = inputs.map(({ fPort }) => suitablePort(fPorts, fPort));
  const waiting = inputs.flatMap((input, position) => {
    const fPort = ports[position];
    return typeof fPort === 'number' ? [{ input, fPort, position }] : [];
  });
  const outputs = await sandboxedDecoder(sandbox, codec).decodeUplink(
    waiting.map(({ input: { bytes, receivedAt, variables = {} }, fPort }) => ({
      bytes: Array.from(bytes),
      fPort,
      recvTime: receivedAt,
      variables,
    })),
  );
  const decoded = new Map<number, DecodeResult>();
  for (const [i, { input, position }] of waiting.entries()) {
    const result = outputs[i];
    if (result === undefined) throw new Error('the sandbox left an input without a result');
    decoded.set(
      position,
      result.outcome === 'output'
        ? interpretOutput(result.output, mapping, input.receivedAt)
        : { outcome: 'failed', code: result.code, reason: result.reason },
    );
  }
  return ports.map((port, position) => {
    const result = typeof port === 'number' ? decoded.get(position) : port;
    if (result === undefined) throw new Error('a frame was left without a result');
    return result;
  });
}
