import { inspect } from 'node:util';
import { VeilleurError } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';

import { parseQr } from './qr.ts';

/** The example of TR005 1.0.0, checksum included. */
const EXAMPLE = 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C';

describe('the QR text of a device label', () => {
  it('gives up all its fields', () => {
    const label = parseQr(EXAMPLE);
    expect(label).toMatchObject({
      joinEui: '1122334455667788',
      devEui: 'aabbccddeeff0011',
      vendorId: 'AABB',
      vendorProfileId: '1122',
      serialNumber: 'YYWWNNNNNN',
      checksum: 'valid',
      unknownExtensions: [],
    });
    expect(label.ownerToken?.reveal()).toBe('AABBCCDDEEFF');
    expect(label.proprietary?.reveal()).toBe('FOOBAR');
  });

  it('shows neither owner token nor proprietary part to whoever prints it', () => {
    const label = parseQr(EXAMPLE);
    for (const shown of [JSON.stringify(label), inspect(label), String(label.ownerToken)]) {
      expect(shown).not.toMatch(/AABBCCDDEEFF(?!0011)|FOOBAR/);
    }
  });

  it.each([
    ['without extensions', 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122'],
    ['in lower case with spaces around', ' lw:d0:1122334455667788:aabbccddeeff0011:aabb1122\n'],
    ['with empty extensions', 'LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122::'],
  ])('may come %s', (_how, text) => {
    expect(parseQr(text)).toMatchObject({ devEui: 'aabbccddeeff0011', checksum: 'absent' });
  });

  it('keeps its checksum when the scanner has changed the case', () => {
    expect(parseQr(EXAMPLE.toLowerCase()).checksum).toBe('valid');
  });

  it('may have its checksum before other extensions', () => {
    // The Things Stack writes C first. The sum is that of the text without the field.
    const label = parseQr(EXAMPLE.replace(':CAF2C', '').replace(':OAABB', ':CAF2C:OAABB'));
    expect(label).toMatchObject({ checksum: 'valid', serialNumber: 'YYWWNNNNNN' });
  });

  it('tolerates extensions of a later version', () => {
    expect(parseQr('LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:X1:S7')).toMatchObject({
      serialNumber: '7',
      unknownExtensions: ['X'],
    });
  });

  it.each([
    ['HTTPS://WWW.MILESIGHT-IOT.COM/?SN=1', 'qr_invalid', 'does not begin with "LW:"'],
    ['URN:DEV:LW:1122334455667788_AABBCCDDEEFF0011_AABB1122', 'qr_invalid', 'does not begin with "LW:"'],
    ['LW:D1:1122334455667788:AABBCCDDEEFF0011:AABB1122', 'qr_invalid', 'SchemaID (characters 4 to 5)'],
    ['LW:D0:112233445566778:AABBCCDDEEFF0011:AABB1122', 'qr_invalid', 'JoinEUI (characters 7 to 21): 15 hex'],
    ['LW:D0:1122334455667788:AABBCCDDEEFFOO11:AABB1122', 'qr_invalid', '"O" at character 36 is not'],
    ['LW:D0:1122334455667788:AABBCCDDEEFF0011', 'qr_invalid', 'The ProfileID is missing'],
    ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB', 'qr_invalid', 'ProfileID (characters 41 to 44): 4 hex'],
    ['LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:S1:S2', 'qr_invalid', 'extension S (characters 53'],
    [EXAMPLE.replace('AF2C', 'AF2'), 'qr_invalid', 'not 4 hexadecimal digits'],
    [EXAMPLE.replace('0011', '0012'), 'qr_checksum_wrong', 'the label states AF2C, its text gives'],
  ])('names the place in %s', (text, code, message) => {
    const error = thrownBy(() => parseQr(text));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(error.remedy).toBeTruthy();
    expect(error.message).not.toContain('FOOBAR');
  });
});

function thrownBy(act: () => unknown): VeilleurError {
  try {
    act();
  } catch (error) {
    if (error instanceof VeilleurError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
