/**
 * Milesight CT103 (300 A) and CT101 (100 A), current clamps. Rows of channel u8, type u8, value,
 * little-endian:
 *
 *   03 97  current drawn over time, u32, 0.01 Ah
 *   04 98  current, u16, 0.01 A; ffff = the clamp could not be read
 *   09 67  temperature, i16, 0.1 Cel; fffd and ffff = not read
 *   84 98  current alarm: highest, lowest and present current, u16 each, 0.01 A; bits: 0 threshold,
 *          1 back from it, 2 over range, 3 back from that
 *   89 67  temperature alarm: temperature, and 1 threshold or 0 back
 *   ff xx  the device itself; fe xx and other ff xx answer a command and end the reading
 *
 * A row 00 is padding: the maker's own examples end with zeros.
 */

/** Channel and type, and the length of what the device says of itself. @type {{ [key: number]: number | undefined }} */
const ATTRIBUTES = { 65281: 1, 65289: 2, 65290: 2, 65535: 2, 65302: 8, 65295: 1, 65534: 1, 65291: 1 };

/** @type {{ [key: number]: number | undefined }} */
const SIZES = { 919: 4, 1176: 2, 2407: 2, 33944: 7, 35175: 3 };

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength === 0) return { errors: ['an empty frame'] };
  /** @type {{ [name: string]: any }} */
  const data = {};
  for (let at = 0; at < frame.byteLength; ) {
    if (frame.getUint8(at) === 0 && isZero(frame, at)) break;
    if (at + 2 > frame.byteLength) return { errors: [`a channel without a type at byte ${at}`] };
    const key = frame.getUint16(at);
    const size = SIZES[key] === undefined ? ATTRIBUTES[key] : SIZES[key];
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
  return { data: data };
}

/** @param {DataView} frame @param {number} key @param {number} at @param {{ [name: string]: any }} data */
function read(frame, key, at, data) {
  switch (key) {
    case 0x0397:
      data.charge_Ah = frame.getUint32(at, true) / 100;
      break;
    case 0x0498:
      data.clamp_failed = frame.getUint16(at, true) === 0xffff;
      if (!data.clamp_failed) data.current_A = frame.getUint16(at, true) / 100;
      break;
    case 0x0967:
    case 0x8967: {
      const raw = frame.getUint16(at, true);
      if (raw !== 0xfffd && raw !== 0xffff) data.temperature_Cel = frame.getInt16(at, true) / 10;
      if (key === 0x8967) data.temperature_alarm = frame.getUint8(at + 2) === 1;
      break;
    }
    case 0x8498: {
      const alarm = frame.getUint8(at + 6);
      data.highest_A = frame.getUint16(at, true) / 100;
      data.lowest_A = frame.getUint16(at + 2, true) / 100;
      data.clamp_failed = frame.getUint16(at + 4, true) === 0xffff;
      if (!data.clamp_failed) data.current_A = frame.getUint16(at + 4, true) / 100;
      data.alarm = {
        threshold: (alarm & 1) !== 0,
        threshold_release: (alarm & 2) !== 0,
        over_range: (alarm & 4) !== 0,
        over_range_release: (alarm & 8) !== 0,
      };
      break;
    }
    default:
      data.attributes = true;
  }
}

/** @param {DataView} frame @param {number} from */
function isZero(frame, from) {
  for (let at = from; at < frame.byteLength; at++) if (frame.getUint8(at) !== 0) return false;
  return true;
}

/** @param {number} key */
function hex(key) {
  return `000${key.toString(16)}`.slice(-4);
}
