import { DevEui, VeilleurError } from '@veilleur/domain';

import { crc16Modbus } from './crc16-modbus.ts';
import { JoinEui } from './join-eui.ts';
import { Secret } from './secret.ts';

/**
 * What a device's label says, by LoRa Alliance TR005 (LoRaWAN Device Identification QR Codes, 1.0.0).
 * It has no AppKey: that comes from the maker's delivery list.
 */
export interface DeviceLabel {
  readonly joinEui: JoinEui;
  readonly devEui: DevEui;
  /** The LoRa Alliance's number of the maker: 4 uppercase hexadecimal digits. */
  readonly vendorId: string;
  /** The maker's own number of the device's profile: 4 uppercase hexadecimal digits. */
  readonly vendorProfileId: string;
  /** Proof of ownership towards a join server: hidden. */
  readonly ownerToken?: Secret;
  readonly serialNumber?: string;
  /** Whatever the maker wishes. Hidden, for some makers put the AppKey there. */
  readonly proprietary?: Secret;
  readonly checksum: 'valid' | 'absent';
  /** Letters of extension fields that TR005 1.0.0 does not know. */
  readonly unknownExtensions: readonly string[];
}

interface Field {
  readonly text: string;
  /** 1 for the first character of the QR text. */
  readonly firstCharacter: number;
}

const EXAMPLE = 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122';

/**
 * Reads `LW:D0:<JoinEUI>:<DevEUI>:<ProfileID>` and the extension fields that follow in any order, each
 * told by its first letter: `O` owner token, `S` serial number, `P` proprietary, `C` checksum. Case does
 * not count, for scanners change it.
 *
 * @throws VeilleurError `qr_invalid`, `qr_checksum_wrong`: each names the field and its characters.
 *   Values of extension fields never stand in an error.
 */
export function parseQr(text: string): DeviceLabel {
  const scanned = text.trim();
  const [preface, schema, joinEui, devEui, profileId, ...extensions] = fieldsOf(scanned);
  if (preface?.text.toUpperCase() !== 'LW') {
    throw qrInvalid(
      'The text does not begin with "LW:"',
      /^URN:/i.test(scanned)
        ? 'This label follows a draft of TR005: type its DevEUI and JoinEUI in by hand.'
        : `This is not a LoRaWAN device label. Such a label reads ${EXAMPLE}.`,
    );
  }
  if (schema?.text.toUpperCase() !== 'D0') {
    throw qrInvalid(
      `${placeOf('SchemaID', schema)}: "${schema?.text.slice(0, 8) ?? ''}" is not D0`,
      'Only schema D0 is defined by TR005. Type the DevEUI and JoinEUI in by hand.',
    );
  }
  const known = knownExtensions(extensions);
  const owner = known.get('O');
  const serial = known.get('S');
  const proprietary = known.get('P');
  const profile = hex('ProfileID', profileId, 8).toUpperCase();
  return {
    joinEui: JoinEui(hex('JoinEUI', joinEui, 16)),
    devEui: DevEui(hex('DevEUI', devEui, 16)),
    vendorId: profile.slice(0, 4),
    vendorProfileId: profile.slice(4),
    ...(owner === undefined ? {} : { ownerToken: new Secret(owner.text.slice(1)) }),
    ...(serial === undefined ? {} : { serialNumber: serial.text.slice(1) }),
    ...(proprietary === undefined ? {} : { proprietary: new Secret(proprietary.text.slice(1)) }),
    checksum: checkChecksum(scanned, known.get('C')),
    unknownExtensions: extensions
      .map(({ text }) => text.slice(0, 1).toUpperCase())
      .filter((letter) => letter !== '' && !KNOWN_LETTERS.includes(letter)),
  };
}

const KNOWN_LETTERS = 'OSPC';

function fieldsOf(text: string): Field[] {
  let firstCharacter = 1;
  return text.split(':').map((field) => {
    const found = { text: field, firstCharacter };
    firstCharacter += field.length + 1;
    return found;
  });
}

function hex(name: string, field: Field | undefined, digits: number): string {
  if (field === undefined) {
    throw qrInvalid(`The ${name} is missing`, `The label must read ${EXAMPLE}: scan the whole of it.`);
  }
  if (/^[0-9a-f]+$/i.test(field.text) && field.text.length === digits) return field.text;
  const stray = field.text.search(/[^0-9a-f]/i);
  const what =
    stray >= 0
      ? `"${field.text.charAt(stray)}" at character ${field.firstCharacter + stray} is not a hexadecimal digit`
      : `${field.text.length} hexadecimal digits instead of ${digits}`;
  throw qrInvalid(
    `${placeOf(name, field)}: ${what}`,
    `Scan again; the ${name} has ${digits} hexadecimal digits.`,
  );
}

function knownExtensions(extensions: readonly Field[]): Map<string, Field> {
  const byLetter = new Map<string, Field>();
  for (const field of extensions) {
    const letter = field.text.slice(0, 1).toUpperCase();
    if (letter === '' || !KNOWN_LETTERS.includes(letter)) continue;
    const first = byLetter.get(letter);
    if (first !== undefined) {
      throw qrInvalid(
        `${placeOf(`extension ${letter}`, field)}: stands a second time, after character ${first.firstCharacter}`,
        'Scan again: two labels may have been read into one text.',
      );
    }
    byLetter.set(letter, field);
  }
  return byLetter;
}

/**
 * TR005, Checksum: CRC-16/MODBUS of the full content except the checksum field itself, in hexadecimal.
 * The example of TR005 confirms that this leaves out the colon before `C` as well. A label's own text is
 * uppercase; a scanner may have changed that.
 */
function checkChecksum(scanned: string, field: Field | undefined): 'valid' | 'absent' {
  if (field === undefined) return 'absent';
  const stated = field.text.slice(1).toUpperCase();
  if (!/^[0-9A-F]{4}$/.test(stated)) {
    throw qrInvalid(
      `${placeOf('checksum', field)}: not 4 hexadecimal digits`,
      'Scan again: the end of the label may have been cut off.',
    );
  }
  const start = field.firstCharacter - 1;
  const rest = scanned.slice(0, start - 1) + scanned.slice(start + field.text.length);
  const sums = [rest, rest.toUpperCase()].map((content) =>
    crc16Modbus(Buffer.from(content)).toString(16).toUpperCase().padStart(4, '0'),
  );
  if (sums.includes(stated)) return 'valid';
  throw new VeilleurError(
    'qr_checksum_wrong',
    `${placeOf('checksum', field)}: the label states ${stated}, its text gives ${sums[0]}`,
    { remedy: 'A character was misread: scan again, or compare the DevEUI with the printed label.' },
  );
}

function placeOf(name: string, field: Field | undefined): string {
  if (field === undefined) return `QR text, ${name}`;
  const last = field.firstCharacter + Math.max(field.text.length, 1) - 1;
  return `QR text, ${name} (characters ${field.firstCharacter} to ${last})`;
}

function qrInvalid(message: string, remedy: string): VeilleurError {
  return new VeilleurError('qr_invalid', message, { remedy });
}
