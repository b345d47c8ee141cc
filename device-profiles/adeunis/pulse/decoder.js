/**
 * Adeunis PULSE (V3, V4): two pulse inputs, A and B. Big-endian; frame code, status byte, content:
 *
 *   46  present counters A and B, u32 each
 *   5a  counter A, u32, and its history: for each period back, what it grew by, u16
 *   5b  the same for B
 *   47  flow alarm: flow of A and B, u16, pulses an hour
 *   30  daily: alarm bits u8, highest flow A, B and lowest flow A, B of 24 h, u16 each
 *   10  configuration: history period u16 (x 2 s) at 6, periods in a frame u16 at 3
 *   20  network configuration; 11, 12, 31, 33 answers to commands: only their status is read
 *
 * STATUS BYTE. Bits 7 to 5 frame counter, 1 low battery, 0 configuration done. Bit 2 says on a V4 that
 * the frame ends with a u32 of seconds since 2013-01-01; on a V3 it said "hardware error" and nothing
 * follows. Where the length is fixed it decides; in 5a and 5b a V3's increments would be read as a
 * time, which then lies far off and gets the frame refused rather than misread.
 *
 * HISTORY. The frame does not say how long a period is: only the device's configuration does (register
 * S321). Give it as the variable historyPeriod_s (a tag of the device in the network server;
 * configuration frames show it as history_period_s). Without it the earlier counters stay in
 * `counters` and are not measurements: a reading at a guessed time is worse than none.
 */

const EPOCH_2013_S = 1356998400;

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength < 2) return { errors: ['a frame has a code and a status byte at least'] };
  const status = frame.getUint8(1);
  /** @type {{ [name: string]: any }} */
  const data = {
    status: {
      frame_counter: status >> 5,
      low_battery: (status & 0x02) !== 0,
      configuration_done: (status & 0x01) !== 0,
    },
  };
  switch (frame.getUint8(0)) {
    case 0x46:
      return fixedLength(frame, data, 'counters', 10, readCounters);
    case 0x47:
      return fixedLength(frame, data, 'flow_alarm', 6, readFlowAlarm);
    case 0x30:
      return fixedLength(frame, data, 'daily', 11, readDaily);
    case 0x5a:
      return decodeHistory(frame, data, 'channel_a', input);
    case 0x5b:
      return decodeHistory(frame, data, 'channel_b', input);
    case 0x10:
      return decodeConfiguration(frame, data);
    case 0x11:
    case 0x12:
    case 0x20:
    case 0x31:
    case 0x33:
      data.frame = 'administration';
      return { data: data };
    default:
      return { errors: [`frame code 0x${frame.getUint8(0).toString(16)} is not one of a PULSE`] };
  }
}

/**
 * @param {DataView} frame @param {{ [name: string]: any }} data @param {string} name
 * @param {number} length @param {(frame: DataView, data: { [name: string]: any }) => void} read
 * @returns {UplinkOutput}
 */
function fixedLength(frame, data, name, length, read) {
  if (frame.byteLength !== length && frame.byteLength !== length + 4) {
    return {
      errors: [`a ${name} frame has ${length} or ${length + 4} bytes, not ${frame.byteLength}`],
    };
  }
  data.frame = name;
  if (frame.byteLength === length + 4) data.time = EPOCH_2013_S + frame.getUint32(length);
  read(frame, data);
  return { data: data };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data */
function readCounters(frame, data) {
  data.channel_a = { pulses: frame.getUint32(2) };
  data.channel_b = { pulses: frame.getUint32(6) };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data */
function readFlowAlarm(frame, data) {
  // The frame is sent when either flow passes its threshold and does not say which of them did.
  data.flow_alarm = true;
  data.channel_a = { flow_pulses_per_h: frame.getUint16(2) };
  data.channel_b = { flow_pulses_per_h: frame.getUint16(4) };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data */
function readDaily(frame, data) {
  const alarms = frame.getUint8(2);
  /** @param {number} shift */
  function channel(shift) {
    return {
      flow_alarm: ((alarms >> shift) & 0x01) !== 0,
      tamper: ((alarms >> shift) & 0x04) !== 0,
      leak: ((alarms >> shift) & 0x10) !== 0,
      highest_flow_pulses_per_h: frame.getUint16(3 + shift * 2),
      lowest_flow_pulses_per_h: frame.getUint16(7 + shift * 2),
    };
  }
  data.channel_a = channel(0);
  data.channel_b = channel(1);
}

/**
 * @param {DataView} frame @param {{ [name: string]: any }} data @param {string} channel
 * @param {UplinkInput} input @returns {UplinkOutput}
 */
function decodeHistory(frame, data, channel, input) {
  const hasTime = (frame.getUint8(1) & 0x04) !== 0;
  const end = frame.byteLength - (hasTime ? 4 : 0);
  if (end < 6 || end % 2 !== 0)
    return { errors: [`a history frame of ${frame.byteLength} bytes is cut off`] };
  data.frame = 'history';
  if (hasTime) data.time = EPOCH_2013_S + frame.getUint32(end);
  let pulses = frame.getUint32(2);
  const counters = [pulses];
  for (let at = 6; at < end; at += 2) {
    pulses -= frame.getUint16(at);
    if (pulses < 0) return { errors: ['the increments of the history add up to more than the counter'] };
    counters.push(pulses);
  }
  /** @type {{ [name: string]: any }} */
  const content = { pulses: counters[0], counters: counters };
  data[channel] = content;
  if (counters.length === 1) return { data: data };

  const period_s = Number(input.variables?.historyPeriod_s);
  if (!(period_s > 0)) {
    return {
      data: data,
      warnings: [
        `the history of ${counters.length - 1} counters is not dated: give the device's history period as the variable historyPeriod_s`,
      ],
    };
  }
  // The frame leaves at the end of the newest period, so without a time of its own the reception dates it.
  const newest_s = hasTime ? data.time : Math.round(Number(input.recvTime) / 1000);
  content.history = counters
    .slice(1)
    .map((count, index) => ({ time: newest_s - (index + 1) * period_s, pulses: count }));
  return { data: data };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data @returns {UplinkOutput} */
function decodeConfiguration(frame, data) {
  // 28 bytes in Europe, 11 where larger payloads are not allowed and frames 11 and 12 carry the rest.
  if (frame.byteLength < 11) return { errors: ['a configuration frame has 11 bytes at least'] };
  const inputs = frame.getUint8(5);
  data.frame = 'configuration';
  data.product_mode = ['park', 'production', 'test', 'dead'][frame.getUint8(2)] || 'unknown';
  data.history_period_s = frame.getUint16(6) * 2;
  data.report_period_s = frame.getUint16(3) * data.history_period_s;
  data.channel_a = {
    enabled: (inputs & 0x01) !== 0,
    gas: (inputs & 0x02) !== 0,
    tamper_input: (inputs & 0x08) !== 0,
  };
  data.channel_b = {
    enabled: (inputs & 0x10) !== 0,
    gas: (inputs & 0x20) !== 0,
    tamper_input: (inputs & 0x80) !== 0,
  };
  return { data: data };
}
