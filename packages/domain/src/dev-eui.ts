import { VeilleurError } from './error.ts';

/**
 * A device's 64-bit extended unique identifier (LoRaWAN L2 1.0.4, clause 6.1.1.2), as 16 lowercase
 * hexadecimal digits, most significant byte first. The brand and its constructor share one name.
 */
export type DevEui = string & { readonly __brand: 'DevEui' };

const HEX_16 = /^[0-9a-f]{16}$/;

const withoutSeparators = (text: string) => text.replaceAll(/[-:\s]/g, '').toLowerCase();

/** The name of a device as a person writes it: where it reads as a DevEUI, that in its own form. */
export function deviceNamed(text: string): string {
  const hex = withoutSeparators(text);
  return HEX_16.test(hex) ? hex : text;
}

/**
 * Reads a DevEUI in any of the spellings that labels and servers use: upper or lower case, with or
 * without `-`, `:` or spaces between bytes.
 *
 * @throws VeilleurError `dev_eui_invalid` for anything that is not 16 hexadecimal digits.
 */
export function DevEui(text: string): DevEui {
  if (HEX_16.test(text)) return text as DevEui;
  const hex = withoutSeparators(text);
  if (!HEX_16.test(hex)) {
    throw new VeilleurError('dev_eui_invalid', `"${text.slice(0, 40)}" is not a DevEUI`, {
      remedy: 'A DevEUI has 16 hexadecimal digits, such as 70b3d5e75e00c3e1.',
    });
  }
  return hex as DevEui;
}
