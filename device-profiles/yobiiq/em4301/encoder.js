/**
 * Type, name and divisor of what can be sent, in the order of the rows; the same table as in decoder.js,
 * for the two scripts can't share one.
 *
 * @type {[number, string, number][]}
 */
const ROWS = [
  [1, 'sent_time', 1],
  [3, 'logged_time', 1],
  [4, 'active_energy_import_Wh_t1', 1],
  [5, 'active_energy_import_Wh_t2', 1],
  [6, 'active_energy_export_Wh_t1', 1],
  [7, 'active_energy_export_Wh_t2', 1],
  [12, 'voltage_V_L1', 10],
  [13, 'voltage_V_L2', 10],
  [14, 'voltage_V_L3', 10],
  [19, 'active_power_W', 1],
  [20, 'active_power_W_L1', 1],
  [21, 'active_power_W_L2', 1],
  [22, 'active_power_W_L3', 1],
];
/** Highest value of each; times and energy are unsigned. @param {string} name */
function highest(name) {
  return name.indexOf('_time') > 0 || name.indexOf('_Wh_') > 0 ? 0xffffffff : 0x7fffffff;
}

/**
 * The inverse of decodeUplink for measurements: a row for each field of the table that is given, counted
 * from channel 1. Rounds to the row's resolution.
 *
 * @param {any} data @returns {EncodedUplink}
 */
function encodeUplink(data) {
  /** @type {number[]} */
  const bytes = [];
  let channel = 0;
  for (let row = 0; row < ROWS.length; row++) {
    const [type, name, divisor] = /** @type {[number, string, number]} */ (ROWS[row]);
    const value = data[name];
    if (value === undefined) continue;
    const raw = Math.round(value * divisor);
    const most = highest(name);
    if (!(raw >= (most === 0x7fffffff ? -most - 1 : 0) && raw <= most)) {
      throw new RangeError(`${name} is ${value}, which does not fit 4 bytes`);
    }
    channel += 1;
    bytes.push(channel, type, (raw >>> 24) & 0xff, (raw >>> 16) & 0xff, (raw >>> 8) & 0xff, raw & 0xff);
  }
  return { bytes: bytes, fPort: 1 };
}
