/**
 * Cayenne Low Power Payload: a frame is a row of (channel u8, type u8, value), big-endian. The type is
 * the IPSO object number less 3200. `data` holds one list a type, each value with its LPP channel.
 */

/**
 * Bytes, signedness and divisor of each type. A list of names is a value of several parts.
 *
 * @type {{ [type: number]: { name: string, bytes: number, signed: boolean, divisor: number, parts?: string[] } | undefined }}
 */
const TYPES = {
  0: { name: 'digital_input', bytes: 1, signed: false, divisor: 1 },
  1: { name: 'digital_output', bytes: 1, signed: false, divisor: 1 },
  2: { name: 'analog_input', bytes: 2, signed: true, divisor: 100 },
  3: { name: 'analog_output', bytes: 2, signed: true, divisor: 100 },
  101: { name: 'illuminance_lx', bytes: 2, signed: false, divisor: 1 },
  102: { name: 'presence', bytes: 1, signed: false, divisor: 1 },
  103: { name: 'temperature_Cel', bytes: 2, signed: true, divisor: 10 },
  104: { name: 'relative_humidity_percent', bytes: 1, signed: false, divisor: 2 },
  113: { name: 'acceleration_g', bytes: 2, signed: true, divisor: 1000, parts: ['x', 'y', 'z'] },
  115: { name: 'air_pressure_hPa', bytes: 2, signed: false, divisor: 10 },
  134: { name: 'rotation_deg_per_s', bytes: 2, signed: true, divisor: 100, parts: ['x', 'y', 'z'] },
  136: {
    name: 'location',
    bytes: 3,
    signed: true,
    divisor: 10000,
    parts: ['latitude', 'longitude', 'altitude_m'],
  },
};

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const bytes = input.bytes;
  /** @type {{ [name: string]: any[] }} */
  const data = {};
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const type = TYPES[Number(bytes[at + 1])];
    // Nothing says how long an unknown type is, so nothing after it can be found either.
    if (at + 1 >= bytes.length) return { errors: [`a channel without a type at offset ${start}`] };
    if (type === undefined) {
      return { errors: [`unknown type 0x${hex(bytes[at + 1])} at offset ${start + 1}`] };
    }
    const parts = type.parts || ['value'];
    if (at + 2 + type.bytes * parts.length > bytes.length) {
      return { errors: [`${type.name} at offset ${start} is cut off`] };
    }
    /** @type {{ [name: string]: number }} */
    const entry = { channel: Number(bytes[at]) };
    at += 2;
    for (let i = 0; i < parts.length; i++) {
      // The altitude is in centimetres, unlike the degrees before it.
      const divisor = parts[i] === 'altitude_m' ? 100 : type.divisor;
      entry[String(parts[i])] = readInteger(bytes, at, type.bytes, type.signed) / divisor;
      at += type.bytes;
    }
    data[type.name] = (data[type.name] || []).concat([entry]);
  }
  return { data: data };
}

/** @param {number[]} bytes @param {number} at @param {number} width @param {boolean} signed */
function readInteger(bytes, at, width, signed) {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + Number(bytes[at + i]);
  const range = 256 ** width;
  return signed && value >= range / 2 ? value - range : value;
}

/** @param {number | undefined} byte */
function hex(byte) {
  return `0${Number(byte).toString(16)}`.slice(-2);
}
