/**
 * Axioma Qalcosonic W1, ultrasonic water meter. Little-endian throughout. The length tells the layout:
 *
 *   51 bytes  "Enhanced": format 01, time u32, status u8, volume of the day's first log u32 (L),
 *             23 hourly increments of 14 bits (L, least significant bit first), multiplier of 6 bits
 *   47 or 48  "Extended": time u32, status u8, present volume u32 (L), log time u32, volume at the
 *             log time u32 (L), 15 hourly increments u16 (L); the 48th byte is padding
 *   47        "Extended" with temperature: an i16 (0.01 Cel) after the present volume, 14 increments
 *   5         alarm, sent at once: time u32, status u8
 *
 * WHEN THE 24 READINGS OF AN ENHANCED FRAME WERE TAKEN. The frame gives no log time. The meter logs on
 * the hour; the full volume is the 01:00 log of the day before the frame's own date, and the 23
 * increments follow hourly, so that the last reading is the midnight that opens the frame's date. All
 * frames of one day carry the same 24 readings. Two things say so:
 *
 *   - diwise/iot-agent, which runs such meters, dates them so;
 *   - the frame 01fe35fb69... of that repository was sent at 12:37 UTC. Read as a day that ends at
 *     midnight, the low (10 L/h) falls at 02 to 03 h and the peaks (112 and 106 L/h) at 07 to 08 and 19
 *     to 20 h: a building's day. Read as the 24 hours before the frame, the low would fall at 14 h.
 *
 * The meter's clock is taken as UTC, for that is what a Unix time says. There is no present volume in
 * this layout, so a frame's own instant has no volume: adding up the increments gives midnight's.
 */

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  switch (frame.byteLength) {
    case 51:
      return decodeEnhanced(frame);
    case 47:
    case 48:
      return decodeExtended(frame);
    case 5:
      return { data: withStatus({ layout: 'alarm', time: frame.getUint32(0, true) }, frame.getUint8(4)) };
    default:
      return { errors: [`a frame has 5, 47, 48 or 51 bytes, not ${frame.byteLength}`] };
  }
}

/** @param {DataView} frame @returns {UplinkOutput} */
function decodeEnhanced(frame) {
  if (frame.getUint8(0) !== 1) {
    return { errors: [`format ${frame.getUint8(0)} of a 51-byte frame is not known`] };
  }
  const time_s = frame.getUint32(1, true);
  const logVolume_L = frame.getUint32(6, true);
  const midnight_s = time_s - (time_s % 86400);
  const multiplier = frame.getUint8(50) >> 2;
  /** @type {number[]} */
  const deltas_L = [];
  for (let i = 0; i < 23; i++) deltas_L.push(read14Bits(frame, 10, i * 14));
  const data = withStatus({ layout: 'enhanced', time: time_s }, frame.getUint8(5));
  data.log_volume_L = logVolume_L;
  data.deltas_L = deltas_L;
  data.multiplier = multiplier;
  if (multiplier !== 0) {
    // All public frames say 0. What else it would do to the increments is not published, so they
    // stay unread; the full volume does not depend on it.
    data.history = readings(midnight_s - 23 * 3600, logVolume_L, []);
    return { data: data, warnings: [`multiplier ${multiplier} is not documented: increments left out`] };
  }
  data.history = readings(midnight_s - 23 * 3600, logVolume_L, deltas_L);
  // Midnight's volume, the newest of this layout; not the volume at `time`.
  data.volume_m3 = data.history[23].volume_m3;
  return { data: data };
}

/** @param {DataView} frame @returns {UplinkOutput} */
function decodeExtended(frame) {
  const time_s = frame.getUint32(0, true);
  const data = withStatus({ layout: 'extended', time: time_s }, frame.getUint8(4));
  data.present_volume_m3 = frame.getUint32(5, true) / 1000;
  let logOffset = 9;
  if (!isLogTime(frame.getUint32(9, true), time_s)) {
    // The layout with temperature has the same length and no mark: only there does the log time
    // stand two bytes later.
    if (frame.byteLength !== 47 || !isLogTime(frame.getUint32(11, true), time_s)) {
      return { errors: ['no log time within two days before the frame: neither Extended layout fits'] };
    }
    data.temperature_Cel = frame.getInt16(9, true) / 100;
    logOffset = 11;
  }
  const log_s = frame.getUint32(logOffset, true);
  data.log_time = log_s;
  data.log_volume_L = frame.getUint32(logOffset + 4, true);
  /** @type {number[]} */
  const deltas_L = [];
  for (let at = logOffset + 8; at + 1 < 47; at += 2) deltas_L.push(frame.getUint16(at, true));
  data.deltas_L = deltas_L;
  // Readings are taken on the hour, but one public frame says 19:43:16. Its present volume fits its
  // increments only if the first of its logs was taken at 20:00: to the nearest hour, then.
  data.history = readings(Math.round(log_s / 3600) * 3600, data.log_volume_L, deltas_L);
  return { data: data };
}

/**
 * The first reading and one an hour after it, each increment added.
 *
 * @param {number} first_s @param {number} first_L @param {number[]} deltas_L
 */
function readings(first_s, first_L, deltas_L) {
  let volume_L = first_L;
  const history = [{ time: first_s, volume_m3: volume_L / 1000 }];
  for (let i = 0; i < deltas_L.length; i++) {
    volume_L += Number(deltas_L[i]);
    history.push({ time: first_s + (i + 1) * 3600, volume_m3: volume_L / 1000 });
  }
  return history;
}

/** @param {number} log_s @param {number} frame_s */
function isLogTime(log_s, frame_s) {
  return log_s <= frame_s && frame_s - log_s <= 2 * 86400;
}

/** @param {DataView} frame @param {number} fromByte @param {number} bit */
function read14Bits(frame, fromByte, bit) {
  const at = fromByte + (bit >> 3);
  // 14 bits that start inside a byte touch three bytes at most.
  let bits = frame.getUint8(at) | (frame.getUint8(at + 1) << 8);
  if ((bit & 7) > 2) bits |= frame.getUint8(at + 2) << 16;
  return (bits >> (bit & 7)) & 0x3fff;
}

/**
 * Low battery, permanent and temporary error are bits. The three highest bits are one code: 20 leak,
 * 60 backflow, 80 low temperature, A0 burst. So 20 within A0 is no leak, and 80 within A0 no frost; E0
 * holds both A0 and 60, and raises both. A temporary error on its own is a pipe without water.
 *
 * @param {{ [name: string]: any }} data @param {number} status
 */
function withStatus(data, status) {
  const code = status & 0xe0;
  const dryPipe = status === 0x10;
  data.status = status;
  data.alarms = {
    low_battery: (status & 0x04) !== 0,
    device_fault: (status & 0x08) !== 0 || ((status & 0x10) !== 0 && !dryPipe),
    permanent_error: (status & 0x08) !== 0,
    temporary_error: (status & 0x10) !== 0,
    dry_pipe: dryPipe,
    leak: code === 0x20,
    backflow: (code & 0x60) === 0x60,
    low_temperature: code === 0x80,
    burst: (code & 0xa0) === 0xa0,
  };
  return data;
}
