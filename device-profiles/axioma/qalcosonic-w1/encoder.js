/**
 * The inverse of decodeUplink, for the 51-byte and the 47-byte layout without temperature. Reads of
 * `data`: layout, time, status, log_volume_L, deltas_L, and for "extended" present_volume_m3 and log_time.
 *
 * @param {any} data @returns {EncodedUplink}
 */
function encodeUplink(data) {
  return { bytes: data.layout === 'extended' ? encodeExtended(data) : encodeEnhanced(data), fPort: 100 };
}

/** @param {any} data */
function encodeEnhanced(data) {
  const frame = new Uint8Array(51);
  const view = new DataView(frame.buffer);
  view.setUint8(0, 1);
  view.setUint32(1, fits('time', data.time, 0xffffffff), true);
  view.setUint8(5, fits('status', data.status, 0xff));
  view.setUint32(6, fits('log_volume_L', data.log_volume_L, 0xffffffff), true);
  exactly('deltas_L', data.deltas_L, 23);
  for (let i = 0; i < 23; i++) write14Bits(view, 10, i * 14, fits('deltas_L', data.deltas_L[i], 0x3fff));
  return Array.from(frame);
}

/** @param {any} data */
function encodeExtended(data) {
  const frame = new Uint8Array(47);
  const view = new DataView(frame.buffer);
  view.setUint32(0, fits('time', data.time, 0xffffffff), true);
  view.setUint8(4, fits('status', data.status, 0xff));
  view.setUint32(5, fits('present_volume_m3', Math.round(data.present_volume_m3 * 1000), 0xffffffff), true);
  view.setUint32(9, fits('log_time', data.log_time, data.time), true);
  view.setUint32(13, fits('log_volume_L', data.log_volume_L, 0xffffffff), true);
  exactly('deltas_L', data.deltas_L, 15);
  for (let i = 0; i < 15; i++) view.setUint16(17 + i * 2, fits('deltas_L', data.deltas_L[i], 0xffff), true);
  return Array.from(frame);
}

/** @param {DataView} view @param {number} fromByte @param {number} bit @param {number} value */
function write14Bits(view, fromByte, bit, value) {
  const at = fromByte + (bit >> 3);
  let bits = value << (bit & 7);
  for (let i = 0; bits !== 0; i++, bits >>= 8) view.setUint8(at + i, view.getUint8(at + i) | (bits & 0xff));
}

/** @param {string} name @param {number} value @param {number} max */
function fits(name, value, max) {
  if (Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new RangeError(`${name} is ${value}, not a whole number from 0 to ${max}`);
}

/** @param {string} name @param {unknown[]} list @param {number} length */
function exactly(name, list, length) {
  if (!Array.isArray(list) || list.length !== length)
    throw new RangeError(`${name} must have ${length} values`);
}
