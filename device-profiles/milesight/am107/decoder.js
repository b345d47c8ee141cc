/**
 * Milesight AM107 and AM104, ambience sensors. Rows of channel u8, type u8, value, little-endian:
 *
 *   01 75  battery, u8, %          06 65  light, visible and infrared, infrared, u16 each; light in lx
 *   03 67  temperature, i16, 0.1   07 7d  CO2, u16, ppm
 *   04 68  humidity, u8, 0.5 %     08 7d  volatile organic compounds, u16, ppb
 *   05 6a  activity, u16           09 73  air pressure, u16, 0.1 hPa
 *   ff xx  the device itself; fe xx and other ff xx answer a command and end the reading
 *
 * The first firmware sent the activity on channel 0a.
 */

/** Channel and type: name, bytes, signed, divisor. @type {{ [key: number]: [string, number, boolean, number] | undefined }} */
const VALUES = {
  373: ['battery_percent', 1, false, 1],
  871: ['temperature_Cel', 2, true, 10],
  1128: ['humidity_percent', 1, false, 2],
  1386: ['activity', 2, false, 1],
  2666: ['activity', 2, false, 1],
  1637: ['light_lx', 6, false, 1],
  1917: ['co2_ppm', 2, false, 1],
  2173: ['tvoc_ppb', 2, false, 1],
  2419: ['pressure_hPa', 2, false, 10],
};

/** What the device says of itself, and its length. @type {{ [key: number]: number | undefined }} */
const ATTRIBUTES = {
  65281: 1,
  65288: 6,
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
    const value = VALUES[key];
    const size = value === undefined ? ATTRIBUTES[key] : value[1];
    if (size === undefined) {
      // The length of an answer is the command's affair.
      if (key >> 8 < 0xfe) return { errors: [`channel and type ${hex(key)} at byte ${at} are not known`] };
      data.answer = true;
      break;
    }
    at += 2;
    if (at + size > frame.byteLength) return { errors: [`channel and type ${hex(key)} are cut off`] };
    if (value === undefined) data.attributes = true;
    else if (size === 1) data[value[0]] = frame.getUint8(at) / value[3];
    else data[value[0]] = (value[2] ? frame.getInt16(at, true) : frame.getUint16(at, true)) / value[3];
    if (key === 0x0665) {
      data.visible_and_infrared = frame.getUint16(at + 2, true);
      data.infrared = frame.getUint16(at + 4, true);
    }
    at += size;
  }
  return { data: data };
}

/** @param {number} key */
function hex(key) {
  return `000${key.toString(16)}`.slice(-4);
}
