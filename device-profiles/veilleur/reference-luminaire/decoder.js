/**
 * Veilleur reference luminaire, version 1. README.md has the byte tables. Big-endian; a field whose
 * bits are all ones is absent, and then its name is absent from `data`.
 */

/** Bit 0 first. */
const FAILURES = [
  'lamp_failure',
  'lamp_unexpected_on',
  'cycling_failure',
  'dimming_failure',
  'relay_failure',
  'supply_loss',
  'supply_voltage_too_high',
  'supply_voltage_too_low',
  'power_factor_too_low',
  'lamp_power_too_high',
  'lamp_power_too_low',
];

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength < 2) return { errors: ['a frame has a version and a type at least'] };
  if (frame.getUint8(0) !== 1) return { errors: [`version ${frame.getUint8(0)} is not known`] };
  const type = frame.getUint8(1);
  if (type !== 1 && type !== 2) return { errors: [`type ${type} is neither report (1) nor event (2)`] };
  const length = type === 1 ? 30 : 14;
  if (frame.byteLength !== length) {
    return { errors: [`a frame of type ${type} has ${length} bytes, not ${frame.byteLength}`] };
  }
  const data = type === 1 ? readReport(frame) : readEvent(frame);
  return { data: data, warnings: leaveOutImpossible(data) };
}

const GREATEST = { light_command_percent: 100, light_level_percent: 100, power_factor: 1 };

/** The rest of the frame is worth having: failures, and the indexes. @param {{ [name: string]: any }} data */
function leaveOutImpossible(data) {
  /** @type {string[]} */
  const warnings = [];
  for (const [name, greatest] of Object.entries(GREATEST)) {
    if (!(data[name] > greatest)) continue;
    warnings.push(`${name} is ${data[name]} and cannot be above ${greatest}: left out`);
    delete data[name];
  }
  return warnings;
}

/** @param {DataView} frame */
function readReport(frame) {
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'report' };
  put(data, 'time', frame.getUint32(2), 0xffffffff, 1);
  put(data, 'light_command_percent', frame.getUint8(6), 0xff, 1);
  put(data, 'light_level_percent', frame.getUint8(7), 0xff, 1);
  put(data, 'active_power_W', frame.getUint16(8), 0xffff, 10);
  put(data, 'active_energy_Wh', frame.getUint32(10), 0xffffffff, 1);
  put(data, 'operating_time_min', frame.getUint32(14), 0xffffffff, 1);
  put(data, 'switch_on_count', frame.getUint32(18), 0xffffffff, 1);
  put(data, 'supply_voltage_V', frame.getUint16(22), 0xffff, 10);
  put(data, 'supply_current_mA', frame.getUint16(24), 0xffff, 1);
  put(data, 'power_factor', frame.getUint8(26), 0xff, 100);
  if (frame.getUint8(27) !== 0xff) data.temperature_Cel = frame.getUint8(27) - 50;
  if (frame.getUint16(28) !== 0xffff) data.failures = failuresOf(frame.getUint16(28));
  return data;
}

/** @param {DataView} frame */
function readEvent(frame) {
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'event' };
  put(data, 'time', frame.getUint32(2), 0xffffffff, 1);
  if (frame.getUint16(6) !== 0xffff) data.failures = failuresOf(frame.getUint16(6));
  data.changed = FAILURES.filter(
    (_name, bit) => frame.getUint16(8) !== 0xffff && ((frame.getUint16(8) >> bit) & 1) === 1,
  );
  put(data, 'light_command_percent', frame.getUint8(10), 0xff, 1);
  put(data, 'light_level_percent', frame.getUint8(11), 0xff, 1);
  put(data, 'supply_voltage_V', frame.getUint16(12), 0xffff, 10);
  return data;
}

/**
 * @param {{ [name: string]: any }} data @param {string} name @param {number} raw
 * @param {number} absent @param {number} divisor
 */
function put(data, name, raw, absent, divisor) {
  if (raw !== absent) data[name] = raw / divisor;
}

/** @param {number} bits */
function failuresOf(bits) {
  /** @type {{ [name: string]: boolean }} */
  const failures = {};
  for (let bit = 0; bit < FAILURES.length; bit++) failures[String(FAILURES[bit])] = ((bits >> bit) & 1) === 1;
  return failures;
}
