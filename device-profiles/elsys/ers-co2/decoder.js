/**
 * Elsys ERS CO2, in the payload of all Elsys sensors: a row of (type u8, value), big-endian. A value has the
 * length of its type, so types of the maker's other sensors are known here as well, to step over them.
 */

/** Name, bytes, signed, divisor; without a name the value is stepped over. @type {{ [type: number]: [string, number, boolean, number] | undefined }} */
const TYPES = {
  1: ['temperature_Cel', 2, true, 10],
  2: ['humidity_percent', 1, false, 1],
  3: ['', 3, false, 1], // Acceleration.
  4: ['light_lx', 2, false, 1],
  5: ['motion_count', 1, false, 1],
  6: ['co2_ppm', 2, false, 1],
  7: ['battery_mV', 2, false, 1],
  8: ['analog_1_mV', 2, false, 1],
  9: ['', 6, false, 1], // Position.
  10: ['pulses_since_last_1', 2, false, 1],
  11: ['pulses_1', 4, false, 1],
  12: ['external_temperature_Cel_1', 2, true, 10],
  13: ['digital_1', 1, false, 1],
  14: ['distance_mm', 2, false, 1],
  15: ['vibration_count', 1, false, 1],
  16: ['', 4, false, 1], // Infrared temperatures.
  17: ['occupancy', 1, false, 1],
  18: ['', 1, false, 1], // Water leak.
  19: ['', 65, false, 1], // Grid eye.
  20: ['pressure_hPa', 4, false, 1000],
  21: ['', 2, false, 1], // Sound.
  22: ['pulses_since_last_2', 2, false, 1],
  23: ['pulses_2', 4, false, 1],
  24: ['analog_2_mV', 2, false, 1],
  25: ['external_temperature_Cel_2', 2, true, 10],
  26: ['digital_2', 1, false, 1],
  27: ['', 4, false, 1], // Analog, microvolts.
  61: ['', 4, false, 1], // Debug.
};

/** The settings of the sensor, sent once after a start: their length is what is left. */
const SETTINGS = 62;

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength === 0) return { errors: ['an empty frame'] };
  /** @type {{ [name: string]: any }} */
  const data = {};
  for (let at = 0; at < frame.byteLength; ) {
    const code = frame.getUint8(at);
    if (code === SETTINGS) {
      data.settings = true;
      break;
    }
    const type = TYPES[code];
    // Nothing says how long an unknown type is, so nothing after it can be found either.
    if (type === undefined) return { errors: [`type ${code} at byte ${at} is not known`] };
    const size = type[1];
    if (at + 1 + size > frame.byteLength) return { errors: [`type ${code} at byte ${at} is cut off`] };
    if (type[0] !== '') {
      let raw = 0;
      for (let i = 0; i < size; i++) raw = raw * 256 + frame.getUint8(at + 1 + i);
      if (type[2] && raw >= 256 ** size / 2) raw -= 256 ** size;
      data[type[0]] = raw / type[3];
    }
    at += 1 + size;
  }
  if (data.digital_1 !== undefined) data.digital_1 = data.digital_1 !== 0;
  if (data.digital_2 !== undefined) data.digital_2 = data.digital_2 !== 0;
  return { data: data };
}
