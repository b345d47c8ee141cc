/**
 * Yobiiq EM4301, a three-phase electricity meter (MID). Rows of channel u8, type u8, value, big-endian. The
 * channel only counts the rows, but for one: 0B with type 0A is the code of a Modbus error, u8.
 *
 *   fPort 1 to 10   measurements, table below
 *   fPort 11        type 1 relay, 2 digital input: 0 open, 1 closed
 *   fPort 50, 60    the device itself, answers to commands, log of the relay: not read
 *
 * Type 03 is when the logger took the values, type 01 when the frame was made: the first dates, if there.
 */

/** Name, bytes, signed, divisor. @type {{ [type: number]: [string, number, boolean, number] | undefined }} */
const VALUES = {
  0: ['frame_index', 4, false, 1],
  1: ['sent_time', 4, false, 1],
  3: ['logged_time', 4, false, 1],
  4: ['active_energy_import_Wh_t1', 4, false, 1],
  5: ['active_energy_import_Wh_t2', 4, false, 1],
  6: ['active_energy_export_Wh_t1', 4, false, 1],
  7: ['active_energy_export_Wh_t2', 4, false, 1],
  8: ['reactive_energy_import_varh_t1', 4, false, 1],
  9: ['reactive_energy_import_varh_t2', 4, false, 1],
  10: ['reactive_energy_export_varh_t1', 4, false, 1],
  11: ['reactive_energy_export_varh_t2', 4, false, 1],
  12: ['voltage_V_L1', 4, true, 10],
  13: ['voltage_V_L2', 4, true, 10],
  14: ['voltage_V_L3', 4, true, 10],
  15: ['current_mA', 4, true, 1],
  16: ['current_mA_L1', 4, true, 1],
  17: ['current_mA_L2', 4, true, 1],
  18: ['current_mA_L3', 4, true, 1],
  19: ['active_power_W', 4, true, 1],
  20: ['active_power_W_L1', 4, true, 1],
  21: ['active_power_W_L2', 4, true, 1],
  22: ['active_power_W_L3', 4, true, 1],
  23: ['reactive_power_var_L1', 4, true, 1],
  24: ['reactive_power_var_L2', 4, true, 1],
  25: ['reactive_power_var_L3', 4, true, 1],
  26: ['apparent_power_VA_L1', 4, true, 1],
  27: ['apparent_power_VA_L2', 4, true, 1],
  28: ['apparent_power_VA_L3', 4, true, 1],
  29: ['power_factor_L1', 1, true, 100],
  30: ['power_factor_L2', 1, true, 100],
  31: ['power_factor_L3', 1, true, 100],
  32: ['phase_angle_deg_L1', 2, true, 100],
  33: ['phase_angle_deg_L2', 2, true, 100],
  34: ['phase_angle_deg_L3', 2, true, 100],
  35: ['frequency_Hz', 2, true, 100],
  36: ['system_active_power_kW', 4, false, 1],
  37: ['system_reactive_power_var', 4, false, 1],
  38: ['system_apparent_power_VA', 4, false, 1],
  39: ['maximum_current_mA_L1', 4, true, 1],
  40: ['maximum_current_mA_L2', 4, true, 1],
  41: ['maximum_current_mA_L3', 4, true, 1],
  42: ['average_power_W', 4, true, 1],
  43: ['certification_year', 4, false, 1],
  240: ['manufactured', 2, false, 1],
  241: ['firmware', 2, false, 1],
  242: ['hardware', 2, false, 1],
};

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength === 0) return { errors: ['an empty frame'] };
  if (input.fPort === 50 || input.fPort === 60 || frame.byteLength === 1) {
    return { data: { frame: 'administration' } };
  }
  if (input.fPort === 11) return decodeStates(frame);
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'measurements' };
  for (let at = 0; at < frame.byteLength; ) {
    if (at + 2 >= frame.byteLength) return { errors: [`a value is cut off at byte ${at}`] };
    const channel = frame.getUint8(at);
    const type = frame.getUint8(at + 1);
    if (channel === 0x0b && type === 0x0a) {
      data.modbus_error = frame.getUint8(at + 2);
      at += 3;
      continue;
    }
    const value = VALUES[type];
    // Nothing says how long an unknown type is, so nothing after it can be found either.
    if (value === undefined) return { errors: [`type ${type} at byte ${at + 1} is not known`] };
    const size = value[1];
    at += 2;
    if (at + size > frame.byteLength) return { errors: [`${value[0]} is cut off`] };
    let raw = 0;
    for (let i = 0; i < size; i++) raw = raw * 256 + frame.getUint8(at + i);
    if (value[2] && raw >= 256 ** size / 2) raw -= 256 ** size;
    data[value[0]] = raw / value[3];
    at += size;
  }
  const time = data.logged_time === undefined ? data.sent_time : data.logged_time;
  if (time !== undefined) data.time = time;
  if (data.modbus_error !== undefined) data.meter_unreachable = data.modbus_error !== 0;
  return { data: data };
}

/** @param {DataView} frame @returns {UplinkOutput} */
function decodeStates(frame) {
  if (frame.byteLength % 3 !== 0) return { errors: ['a change of state is cut off'] };
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'states' };
  for (let at = 0; at < frame.byteLength; at += 3) {
    const name = { 1: 'relay_closed', 2: 'input_closed' }[frame.getUint8(at + 1)];
    if (name === undefined) return { errors: [`state ${frame.getUint8(at + 1)} is not known`] };
    data[name] = frame.getUint8(at + 2) !== 0;
  }
  return { data: data };
}
