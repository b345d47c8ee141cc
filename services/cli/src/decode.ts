import { createSandbox, decodeFrames, type ProfileCatalogue } from '@veilleur/codec';
import { QUANTITIES, VeilleurError } from '@veilleur/domain';
import type { Output } from './output.ts';

export interface DecodeRequest {
  readonly profile: string;
  readonly port: number | null;
  readonly payload: Uint8Array;
  readonly receivedAt: Date;
  /** What the network server would know of the device, as its tags. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Hexadecimal with or without spaces, dashes and 0x; or base64 as network servers print it. */
export function parsePayload({
  hex,
  base64,
}: {
  hex?: string | undefined;
  base64?: string | undefined;
}): Uint8Array {
  if ((hex === undefined) === (base64 === undefined)) {
    throw new VeilleurError('payload_missing', 'give the payload once', { remedy: 'Use --hex or --base64.' });
  }
  if (hex !== undefined) {
    const digits = hex.replaceAll(/[\s:-]|0x/gi, '');
    if (!/^([0-9a-f]{2})*$/i.test(digits)) {
      throw new VeilleurError('payload_invalid', `"${hex}" is not hexadecimal`, {
        remedy: 'Two digits from 0 to f for each byte.',
      });
    }
    return Buffer.from(digits, 'hex');
  }
  const text = base64 ?? '';
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) {
    throw new VeilleurError('payload_invalid', `"${text}" is not base64`, {
      remedy: 'Use --hex for hexadecimal.',
    });
  }
  return Buffer.from(text, 'base64');
}

/** Decodes one payload and shows what it says. Returns whether it could be decoded. */
export async function decode(
  profiles: ProfileCatalogue,
  request: DecodeRequest,
  output: Output,
): Promise<boolean> {
  const profile = profiles.get(request.profile);
  if (profile === undefined) {
    throw new VeilleurError('profile_not_found', `there is no profile ${request.profile}`, {
      remedy: `Known: ${profiles
        .all()
        .map(({ id }) => id)
        .join(', ')}.`,
    });
  }
  const { payload: bytes, port: fPort, receivedAt, variables } = request;
  const sandbox = createSandbox();
  const results = await decodeFrames(profile, [{ bytes, fPort, receivedAt, variables }], sandbox);
  await sandbox.stop();
  const [result] = results;
  if (result === undefined) throw new Error('the frame was left without a result');
  if (result.outcome === 'failed') {
    output.answer(result, `cannot be decoded: ${result.reason} (${result.code})`);
    return false;
  }
  const lines = result.measurements.map(({ quantity, channel, time, value }) => {
    const { unit } = QUANTITIES[quantity];
    const name = channel === 0 ? quantity : `${quantity} #${channel}`;
    return `${time.toISOString()}  ${name.padEnd(26)} ${value}${unit === '1' ? '' : ` ${unit}`}`;
  });
  const text = [
    JSON.stringify(result.data, null, 2),
    '',
    lines.length === 0 ? 'no measurements' : lines.join('\n'),
    ...result.warnings.map((warning) => `warning: ${warning}`),
    ...(result.unmapped.length === 0 ? [] : [`not mapped to a quantity: ${result.unmapped.join(', ')}`]),
  ].join('\n');
  output.answer(result, text);
  return true;
}
