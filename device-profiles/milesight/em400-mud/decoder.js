/**
 * Milesight EM400-MUD, ultrasonic distance sensor for the lid of a waste container. Rows of channel u8,
 * type u8, value, little-endian:
 *
 *   01 75  battery, u8, %
 *   03 67  temperature, i16, 0.1 Cel;  83 67 the same and a byte: 1 = alarm
 *   04 82  distance, u16, mm;          84 82 the same and a byte: 1 = alarm
 *   05 00  position: 0 upright, 1 tilted
 *   ff xx  the device itself; fe xx and other ff xx answer a command and end the reading
 *
 * FILL LEVEL. The sensor does not know its container. With the variable emptyDistance_mm (what it measures
 * over the empty container) the distance becomes a level; fullDistance_mm, 0 unless given, is where it counts
 * as full. While the container lies on its side there is no level.
 */

/** @type {{ [key: number]: number | undefined }} */
const SIZES = {
  373: 1,
  871: 2,
  33639: 3,
  1154: 2,
  33922: 3,
  1280: 1,
  65281: 1,
  65289: 2,
  65290: 2,
  65291: 1,
  65295: 1,
  65302: 8,
  65534: 1,
  65535: 2,
};

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength === 0) return { errors: ['an empty frame'] };
  /** @type {{ [name: string]: any }} */
  const data = {};
  for (let at = 0; at < frame.byteLength; ) {
    if (at + 2 > frame.byteLength) return { errors: [`a channel without a type at byte ${at}`] };
    const key = frame.getUint16(at);
    const size = SIZES[key];
    if (size === undefined) {
      // The length of an answer is the command's affair.
      if (key >> 8 < 0xfe) return { errors: [`channel and type ${hex(key)} at byte ${at} are not known`] };
      data.answer = true;
      break;
    }
    if (at + 2 + size > frame.byteLength) return { errors: [`channel and type ${hex(key)} are cut off`] };
    read(frame, key, at + 2, data);
    at += 2 + size;
  }
  const level = fillLevel(data, input.variables || {});
  if (level !== undefined) data.fill_level_percent = level;
  return { data: data };
}

/** @param {DataView} frame @param {number} key @param {number} at @param {{ [name: string]: any }} data */
function read(frame, key, at, data) {
  switch (key) {
    case 0x0175:
      data.battery_percent = frame.getUint8(at);
      break;
    case 0x0367:
    case 0x8367:
      data.temperature_Cel = frame.getInt16(at, true) / 10;
      if (key === 0x8367) data.temperature_alarm = frame.getUint8(at + 2) === 1;
      break;
    case 0x0482:
    case 0x8482:
      data.distance_mm = frame.getUint16(at, true);
      if (key === 0x8482) data.distance_alarm = frame.getUint8(at + 2) === 1;
      break;
    case 0x0500:
      data.tilted = frame.getUint8(at) === 1;
      break;
    default:
      data.attributes = true;
  }
}

/** @param {{ [name: string]: any }} data @param {{ readonly [name: string]: string }} variables */
function fillLevel(data, variables) {
  const empty_mm = Number(variables.emptyDistance_mm);
  const full_mm = Number(variables.fullDistance_mm || 0);
  if (data.distance_mm === undefined || data.tilted === true || !(empty_mm > full_mm)) return undefined;
  const level = (100 * (empty_mm - data.distance_mm)) / (empty_mm - full_mm);
  return Math.min(100, Math.max(0, Math.round(level)));
}

/** @param {number} key */
function hex(key) {
  return `000${key.toString(16)}`.slice(-4);
}
