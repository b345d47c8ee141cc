/**
 * Elvaco CMi4110, the LoRaWAN module of the heat meters Landis+Gyr UH50 and UC50. A byte for the message
 * format, then M-Bus records, little-endian (format 02: JSON text; 0E: the module can't reach the meter):
 *
 *   DIF, its extensions   bits 3-0 data type, 5-4 function, then storage and tariff (EN 13757-3)
 *   VIF                   06, 07 energy, kWh and 10 kWh;  0E, 0F energy, MJ and 10 MJ;  FB 00, 01 energy, 0.1 and
 *                         1 MWh;  FB 08, 09 energy, 0.1 and 1 GJ;  13 to 16 volume;  2B to 2F power;  3B to 3E flow;
 *                         5A, 5B flow and 5E, 5F return temperature;  6D time;  78 meter number;  FD 17 error flags
 *
 * A record with function 3 is what the module sends when the meter has no such value: it is left out.
 *
 * TIME. The meter's clock has no zone, and the module reads the meter right before it sends: the reception
 * dates the readings. Stored ones (due date, last midnight, month) stay in `data`.
 */

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength < 2) return { errors: ['a frame has a format and a record at least'] };
  const format = frame.getUint8(0);
  if (format === 0x0e && frame.byteLength === 2) return { data: { format: format, meter_unreachable: true } };
  if (format === 0x02) return decodeJson(input.bytes);
  const formats = [0x00, 0x01, 0x03, 0x04, 0x3f, 0x40, 0x41, 0x46, 0x47, 0x48, 0x49, 0x4a];
  if (formats.indexOf(format) < 0)
    return { errors: [`message format ${hex([format])} is not one of a CMi4110`] };
  /** @type {{ [name: string]: any }} */
  const data = { format: format, meter_unreachable: false };
  for (let at = 1; at < frame.byteLength; ) {
    const record = readRecord(frame, at);
    if (record.error !== undefined) return { errors: [record.error] };
    if (record.value !== undefined) data[record.name] = record.value;
    at = record.end;
  }
  return { data: data };
}

/** {"E":"894137","U":"kWh","ID":"70969798"} @param {number[]} bytes @returns {UplinkOutput} */
function decodeJson(bytes) {
  const text = String.fromCharCode.apply(null, bytes.slice(1));
  let message;
  try {
    message = JSON.parse(text);
  } catch (_notJson) {
    return { errors: ['format 02 without JSON: cut off?'] };
  }
  if (typeof message !== 'object' || message === null) return { errors: ['format 02 without an object'] };
  if (Object.keys(message).length === 0) return { data: { format: 2, meter_unreachable: true } };
  const divisor = { Wh: 1000, kWh: 1, MJ: 3.6 }[String(message.U)];
  const factor = { MWh: 1000, GWh: 1000000 }[String(message.U)];
  if (!/^\d+(\.\d+)?$/.test(String(message.E))) return { errors: [`energy ${message.E} is no number`] };
  /** @type {{ [name: string]: any }} */
  const data = { format: 2, meter_unreachable: false, meter_id: String(message.ID) };
  if (message.U === 'GJ') data.energy_kWh = (Number(message.E) * 1000) / 3.6;
  else if (divisor !== undefined) data.energy_kWh = Number(message.E) / divisor;
  else if (factor !== undefined) data.energy_kWh = Number(message.E) * factor;
  else return { errors: [`unit ${message.U} of the energy is not known`] };
  return { data: data };
}

/** Names, and numerator and denominator of one count. @type {{ [vif: number]: [string, number, number] | undefined }} */
const VALUES = {
  3: ['energy_kWh', 1, 1000],
  4: ['energy_kWh', 1, 100],
  5: ['energy_kWh', 1, 10],
  6: ['energy_kWh', 1, 1],
  7: ['energy_kWh', 10, 1],
  14: ['energy_kWh', 10, 36],
  15: ['energy_kWh', 100, 36],
  64256: ['energy_kWh', 100, 1],
  64257: ['energy_kWh', 1000, 1],
  64264: ['energy_kWh', 1000, 36],
  64265: ['energy_kWh', 10000, 36],
  19: ['volume_m3', 1, 1000],
  20: ['volume_m3', 1, 100],
  21: ['volume_m3', 1, 10],
  22: ['volume_m3', 1, 1],
  43: ['power_W', 1, 1],
  44: ['power_W', 10, 1],
  45: ['power_W', 100, 1],
  46: ['power_W', 1000, 1],
  47: ['power_W', 10000, 1],
  59: ['flow_m3_per_h', 1, 1000],
  60: ['flow_m3_per_h', 1, 100],
  61: ['flow_m3_per_h', 1, 10],
  62: ['flow_m3_per_h', 1, 1],
  90: ['flow_temperature_Cel', 1, 10],
  91: ['flow_temperature_Cel', 1, 1],
  94: ['return_temperature_Cel', 1, 10],
  95: ['return_temperature_Cel', 1, 1],
  109: ['meter_time', 1, 1],
  120: ['meter_id', 1, 1],
  64791: ['error_flags', 1, 1],
};

/** @param {DataView} frame @param {number} start @returns {{ end: number, name: string, value?: any, error?: string }} */
function readRecord(frame, start) {
  /** @param {string} reason */
  const failed = (reason) => ({ end: start, name: '', error: `${reason} at byte ${start}` });
  const dif = frame.getUint8(start);
  let at = start + 1;
  let storage = (dif >> 6) & 1;
  let tariff = 0;
  for (let i = 0, byte = dif; (byte & 0x80) !== 0; i++) {
    if (at >= frame.byteLength || i === 4) return failed('a record is cut off');
    byte = frame.getUint8(at++);
    storage += (byte & 0x0f) << (1 + 4 * i);
    tariff += ((byte >> 4) & 3) << (2 * i);
  }
  if (at >= frame.byteLength) return failed('a record is cut off');
  let vif = frame.getUint8(at++);
  if (vif === 0xfb || vif === 0xfd) {
    if (at >= frame.byteLength) return failed('a record is cut off');
    vif = vif * 256 + frame.getUint8(at++);
  }
  const meaning = VALUES[vif];
  if (meaning === undefined) return failed(`VIF ${vif.toString(16)} is not known`);
  const size = { 1: 1, 2: 2, 3: 3, 4: 4, 10: 2, 11: 3, 12: 4 }[dif & 0x0f];
  if (size === undefined) return failed(`data type ${dif & 0x0f} is not known`);
  const end = at + size;
  if (end > frame.byteLength) return failed('a record is cut off');
  const isInvalid = ((dif >> 4) & 3) === 3;
  return {
    end: end,
    name: nameOf(meaning[0], (dif >> 4) & 3, storage, tariff),
    value: isInvalid ? undefined : readValue(frame, at, size, dif, meaning),
  };
}

/** @param {string} name @param {number} kind @param {number} storage @param {number} tariff */
function nameOf(name, kind, storage, tariff) {
  const prefix = ['', 'maximum_', 'minimum_', ''][kind];
  return `${prefix}${name}${tariff > 0 ? `_t${tariff}` : ''}${storage > 0 ? `_stored_${storage}` : ''}`;
}

/** @param {DataView} frame @param {number} at @param {number} size @param {number} dif @param {[string, number, number]} meaning */
function readValue(frame, at, size, dif, meaning) {
  const bytes = [];
  for (let i = size - 1; i >= 0; i--) bytes.push(frame.getUint8(at + i));
  if (meaning[0] === 'meter_id') return hex(bytes);
  if (meaning[0] === 'meter_time') return size === 4 ? readTypeF(frame, at) : undefined;
  let raw = 0;
  if ((dif & 0x0f) < 10) {
    for (let i = 0; i < bytes.length; i++) raw = raw * 256 + Number(bytes[i]);
    if (meaning[0] !== 'error_flags') {
      const half = 256 ** size / 2;
      if (raw === half) return undefined; // The code for "not valid".
      if (raw > half) raw -= 2 * half;
    }
  } else {
    // BCD: F in front is a minus, any other digit beyond 9 says "not valid".
    const digits = hex(bytes).replace(/^f/, '-');
    if (!/^-?\d+$/.test(digits)) return undefined;
    raw = Number(digits) || 0;
  }
  return (raw * meaning[1]) / meaning[2];
}

/** Wall clock of the meter, with its summer time flag. @param {DataView} frame @param {number} at */
function readTypeF(frame, at) {
  const raw = frame.getUint32(at, true);
  const year = 2000 + ((raw >> 21) & 7) + ((raw >>> 28) << 3);
  if ((raw & 0x80) !== 0) return undefined;
  const part = (/** @type {number} */ value) => `0${value}`.slice(-2);
  return `${year}-${part((raw >> 24) & 15)}-${part((raw >> 16) & 31)}T${part((raw >> 8) & 31)}:${part(raw & 63)}`;
}

/** @param {number[]} bytes */
function hex(bytes) {
  return bytes.map((byte) => `0${byte.toString(16)}`.slice(-2)).join('');
}
