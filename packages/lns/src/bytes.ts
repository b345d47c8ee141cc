const HEX = /^(?:[0-9a-fA-F]{2})+$/;

/** The bytes of canonical, padded base64 (RFC 4648, clause 4), or null: nothing is guessed or skipped. */
export function bytesOfBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips what it doesn't know; only the way back shows that nothing was skipped.
  if (bytes.toString('base64') !== text) return null;
  // A copy: small Buffers are views of a shared 8 KiB slab, which one kept payload would pin.
  return new Uint8Array(bytes);
}

/** The bytes of hexadecimal digits, or null. */
export function bytesOfHex(text: string): Uint8Array | null {
  return HEX.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : null;
}

/**
 * An identifier of `byteLength` bytes as lowercase hexadecimal, from hexadecimal or base64, or null.
 * The two can't be confused: 8 bytes are 16 hexadecimal digits or 12 characters ending in `=`, and
 * 4 bytes are 8 digits or 8 characters ending in `==`.
 */
export function hexOfIdentifier(text: string, byteLength: number): string | null {
  if (text.length === byteLength * 2 && HEX.test(text)) return text.toLowerCase();
  const bytes = bytesOfBase64(text);
  return bytes?.length === byteLength ? Buffer.from(bytes).toString('hex') : null;
}
