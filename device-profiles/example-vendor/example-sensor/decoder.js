/**
 * A plain script by LoRa Alliance TS013: no import, no export, so that it also runs in ChirpStack and
 * in The Things Stack as it is. Write the layout here first; the next reader will thank you.
 *
 *   0  i16  temperature, 0.01 Cel, big-endian
 *   2  u8   humidity, 0.5 %; ff = the probe is missing
 *   3  u16  battery, mV
 *   5  u32  Unix time of an earlier reading, and 9  i16 its temperature: both or neither
 */

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  // A DataView knows byte order and sign, and throws instead of reading past the end.
  const frame = new DataView(new Uint8Array(input.bytes).buffer);

  // Refuse what you don't know: the frame is kept, and decoded again once the profile knows better.
  if (frame.byteLength !== 5 && frame.byteLength !== 11) {
    return { errors: [`a frame has 5 or 11 bytes, not ${frame.byteLength}`] };
  }

  // Names carry their unit. What was not measured is left out: it is never zero.
  /** @type {{ [name: string]: any }} */
  const data = { temperature_Cel: frame.getInt16(0) / 100, battery_mV: frame.getUint16(3) };
  if (frame.getUint8(2) !== 0xff) data.humidity_percent = frame.getUint8(2) / 2;

  // A sample of the past carries its own time: ISO 8601, or Unix seconds as here.
  if (frame.byteLength === 11) {
    data.history = [{ time: frame.getUint32(5), temperature_Cel: frame.getInt16(9) / 100 }];
  }
  return { data: data };
}
