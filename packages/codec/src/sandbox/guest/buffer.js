/* oxlint-disable */ // @ts-nocheck: runs inside QuickJS, before a codec that names `Buffer` (3 of 516 public ones do).
//
// The part of Node's Buffer that decoders use; ChirpStack provides one of the same name. Bytes are a
// Uint8Array, so `length`, indexing, `for of` and the array methods come from there.
(function installBuffer() {
  const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

  function bytesOfHex(text) {
    const bytes = [];
    for (let at = 0; at + 1 < text.length; at += 2) {
      const pair = text.slice(at, at + 2);
      if (!/^[0-9a-f]{2}$/i.test(pair)) break; // As Node: what follows the first wrong digit is dropped.
      bytes.push(Number.parseInt(pair, 16));
    }
    return bytes;
  }

  function bytesOfBase64(text) {
    const bytes = [];
    let bits = 0;
    let held = 0;
    for (const letter of text.replace(/-/g, '+').replace(/_/g, '/')) {
      const value = BASE64.indexOf(letter);
      if (letter === '=') break;
      if (value < 0) continue;
      held = (held << 6) | value;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 0xff);
      }
    }
    return bytes;
  }

  function base64Of(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 3) {
      const triple = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      text += BASE64[(triple >> 18) & 63] + BASE64[(triple >> 12) & 63];
      text += at + 1 < bytes.length ? BASE64[(triple >> 6) & 63] : '=';
      text += at + 2 < bytes.length ? BASE64[triple & 63] : '=';
    }
    return text;
  }

  function bytesOfUtf8(text) {
    const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
    return Array.from(escaped.match(/%..|[^%]/g) ?? [], (unit) =>
      unit.length === 3 ? Number.parseInt(unit.slice(1), 16) : unit.charCodeAt(0),
    );
  }

  function utf8Of(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; ) {
      const first = bytes[at];
      const more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : -1;
      let point = more <= 0 ? first : first & (0x3f >> more);
      let taken = 1;
      while (taken <= more && (bytes[at + taken] & 0xc0) === 0x80) {
        point = (point << 6) | (bytes[at + taken] & 0x3f);
        taken += 1;
      }
      const whole = more >= 0 && taken === more + 1 && point <= 0x10ffff;
      text += whole ? String.fromCodePoint(point) : '\ufffd';
      at += taken;
    }
    return text;
  }

  function lettersOf(bytes, mask) {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte & mask);
    return text;
  }

  function bytesOfText(text, encoding = 'utf8') {
    switch (String(encoding).toLowerCase()) {
      case 'hex':
        return bytesOfHex(text);
      case 'base64':
      case 'base64url':
        return bytesOfBase64(text);
      case 'ascii':
      case 'latin1':
      case 'binary':
        return Array.from(text, (letter) => letter.charCodeAt(0) & 0xff);
      case 'utf8':
      case 'utf-8':
        return bytesOfUtf8(text);
      default:
        throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }

  function textOfBytes(bytes, encoding = 'utf8') {
    switch (String(encoding).toLowerCase()) {
      case 'hex':
        return Array.from(bytes, (byte) => (byte < 16 ? '0' : '') + byte.toString(16)).join('');
      case 'base64':
        return base64Of(bytes);
      case 'ascii':
        return lettersOf(bytes, 0x7f);
      case 'latin1':
      case 'binary':
        return lettersOf(bytes, 0xff);
      case 'utf8':
      case 'utf-8':
        return utf8Of(bytes);
      default:
        throw new TypeError(`Unknown encoding: ${encoding}`);
    }
  }

  /** Callable with and without `new`, as the old `Buffer(bytes)`, hence no class. */
  function Buffer(value, second, third) {
    return typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value, second, third);
  }
  Object.setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype, {
    constructor: { value: Buffer, writable: true, configurable: true },
  });
  Object.defineProperty(Buffer, Symbol.species, { get: () => Buffer });

  const asBuffer = (bytes) => Object.setPrototypeOf(bytes, Buffer.prototype);
  Buffer.alloc = (size, fill = 0) => asBuffer(new Uint8Array(size).fill(fill));
  Buffer.allocUnsafe = (size) => Buffer.alloc(size);
  Buffer.isBuffer = (value) => value instanceof Buffer;
  Buffer.byteLength = (text, encoding) => Buffer.from(text, encoding).length;
  Buffer.from = (value, second, third) => {
    if (typeof value === 'string') return asBuffer(new Uint8Array(bytesOfText(value, second)));
    if (value instanceof ArrayBuffer) return asBuffer(new Uint8Array(value, second, third));
    return asBuffer(new Uint8Array(Array.isArray(value?.data) ? value.data : value));
  };
  Buffer.concat = (list) => Buffer.from(list.flatMap((part) => Array.from(part)));

  const methods = {
    toString(encoding, start = 0, end = this.length) {
      return textOfBytes(Uint8Array.prototype.subarray.call(asPlain(this), start, end), encoding);
    },
    /** As Node, and unlike Uint8Array: the same memory. */
    slice(start, end) {
      return this.subarray(start, end);
    },
    subarray(start, end) {
      return asBuffer(asPlain(this).subarray(start, end));
    },
    equals(other) {
      return this.length === other.length && this.every((byte, index) => byte === other[index]);
    },
    toJSON() {
      return Array.from(this);
    },
    readUIntBE(offset, size) {
      let value = 0;
      for (let index = 0; index < size; index += 1) value = value * 256 + byteAt(this, offset + index);
      return value;
    },
    readUIntLE(offset, size) {
      let value = 0;
      for (let index = size - 1; index >= 0; index -= 1) value = value * 256 + byteAt(this, offset + index);
      return value;
    },
    readIntBE(offset, size) {
      return signed(this.readUIntBE(offset, size), size);
    },
    readIntLE(offset, size) {
      return signed(this.readUIntLE(offset, size), size);
    },
  };

  function asPlain(buffer) {
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  function byteAt(buffer, offset) {
    if (!(offset >= 0 && offset < buffer.length)) {
      throw new RangeError(`The offset ${offset} is outside of a buffer of ${buffer.length} bytes`);
    }
    return buffer[offset];
  }

  function signed(value, size) {
    return value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
  }

  /** The fixed-width readers and writers, by way of DataView, whose names they nearly share. */
  const types = ['Int8', 'Uint8', 'Int16', 'Uint16', 'Int32', 'Uint32', 'BigInt64', 'BigUint64'];
  for (const type of [...types, 'Float32', 'Float64']) {
    const width = Number(/\d+/.exec(type)[0]) / 8;
    const name = type.replace('Float32', 'Float').replace('Float64', 'Double').replace('Uint', 'UInt');
    for (const endian of width === 1 ? [''] : ['LE', 'BE']) {
      const little = endian === 'LE';
      const view = (buffer, offset) => {
        byteAt(buffer, offset);
        byteAt(buffer, offset + width - 1);
        return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
      };
      methods[`read${name}${endian}`] = function read(offset = 0) {
        return view(this, offset)[`get${type}`](offset, little);
      };
      methods[`write${name}${endian}`] = function write(value, offset = 0) {
        view(this, offset)[`set${type}`](offset, value, little);
        return offset + width;
      };
    }
  }
  for (const name of Object.keys(methods)) {
    const aliases = /U(?=Int)/.test(name) ? [name, name.replace('UInt', 'Uint')] : [name];
    for (const alias of aliases) {
      const value = methods[name];
      Object.defineProperty(Buffer.prototype, alias, { value, writable: true, configurable: true });
    }
  }
  Object.defineProperty(globalThis, 'Buffer', { value: Buffer, writable: true, configurable: true });
});
