import { VeilleurError } from '@veilleur/domain';

/**
 * The identifier of the join server that a device asks (LoRaWAN L2 1.0.4, clause 6.1.1.3; AppEUI before
 * 1.0.4), as 16 lowercase hexadecimal digits. The brand and its constructor share one name.
 */
export type JoinEui = string & { readonly __brand: 'JoinEui' };

/** @throws VeilleurError `join_eui_invalid` for anything that is not 16 hexadecimal digits. */
export function JoinEui(text: string): JoinEui {
  const hex = text.replaceAll(/[-:\s]/g, '').toLowerCase();
  if (!/^[0-9a-f]{16}$/.test(hex)) {
    throw new VeilleurError('join_eui_invalid', `"${text.slice(0, 40)}" is not a JoinEUI`, {
      remedy: 'A JoinEUI (AppEUI) has 16 hexadecimal digits, such as 70b3d57ed0000000.',
    });
  }
  return hex as JoinEui;
}
