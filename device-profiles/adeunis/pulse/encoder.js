/**
 * The inverse of decodeUplink for frames 46 ("counters"), 5a and 5b ("history") and 30 ("daily"); with
 * a time where `data.time` is given.
 *
 * @param {any} data @returns {EncodedUplink}
 */
function encodeUplink(data) {
  const status =
    (data.status.frame_counter << 5) |
    (data.time === undefined ? 0 : 0x04) |
    (data.status.low_battery ? 0x02 : 0) |
    (data.status.configuration_done ? 0x01 : 0);
  /** @type {number[]} */
  const bytes = [];
  if (data.frame === 'counters') {
    bytes.push(0x46, status);
    push(bytes, 4, data.channel_a.pulses);
    push(bytes, 4, data.channel_b.pulses);
  } else if (data.frame === 'history') {
    bytes.push(data.channel_a ? 0x5a : 0x5b, status);
    const counters = (data.channel_a || data.channel_b).counters;
    push(bytes, 4, counters[0]);
    for (let i = 1; i < counters.length; i++) push(bytes, 2, counters[i - 1] - counters[i]);
  } else if (data.frame === 'daily') {
    bytes.push(0x30, status, alarmBits(data.channel_a) | (alarmBits(data.channel_b) << 1));
    push(bytes, 2, data.channel_a.highest_flow_pulses_per_h);
    push(bytes, 2, data.channel_b.highest_flow_pulses_per_h);
    push(bytes, 2, data.channel_a.lowest_flow_pulses_per_h);
    push(bytes, 2, data.channel_b.lowest_flow_pulses_per_h);
  } else {
    throw new RangeError(`no frame "${data.frame}" can be made`);
  }
  if (data.time !== undefined) push(bytes, 4, data.time - 1356998400);
  return { bytes: bytes, fPort: 1 };
}

/** @param {any} channel */
function alarmBits(channel) {
  return (channel.flow_alarm ? 0x01 : 0) | (channel.tamper ? 0x04 : 0) | (channel.leak ? 0x10 : 0);
}

/** @param {number[]} bytes @param {number} width @param {number} value */
function push(bytes, width, value) {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** width) {
    throw new RangeError(`${value} does not fit ${width} bytes`);
  }
  for (let i = width - 1; i >= 0; i--) bytes.push(Math.floor(value / 256 ** i) % 256);
}
