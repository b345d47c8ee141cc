/** Bit 0 first; the same table as in decoder.js, for the two scripts can't share one. */
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

/**
 * The inverse of decodeUplink, frames "report" and "event". A field that is not given is absent.
 *
 * @param {any} data @returns {EncodedUplink}
 */
function encodeUplink(data) {
  if (data.frame !== 'report' && data.frame !== 'event') {
    throw new RangeError(`frame is "${data.frame}", neither report nor event`);
  }
  /** @type {number[]} */
  const bytes = [1, data.frame === 'report' ? 1 : 2];
  push(bytes, 4, 'time', data.time, 1);
  if (data.frame === 'report') {
    pushPercent(bytes, 'light_command_percent', data.light_command_percent);
    pushPercent(bytes, 'light_level_percent', data.light_level_percent);
    push(bytes, 2, 'active_power_W', data.active_power_W, 10);
    push(bytes, 4, 'active_energy_Wh', data.active_energy_Wh, 1);
    push(bytes, 4, 'operating_time_min', data.operating_time_min, 1);
    push(bytes, 4, 'switch_on_count', data.switch_on_count, 1);
    push(bytes, 2, 'supply_voltage_V', data.supply_voltage_V, 10);
    push(bytes, 2, 'supply_current_mA', data.supply_current_mA, 1);
    push(bytes, 1, 'power_factor', data.power_factor, 100);
    push(
      bytes,
      1,
      'temperature_Cel',
      isAbsent(data.temperature_Cel) ? undefined : data.temperature_Cel + 50,
      1,
    );
    push(bytes, 2, 'failures', bitsOf(data.failures), 1);
  } else {
    push(bytes, 2, 'failures', bitsOf(data.failures), 1);
    push(bytes, 2, 'changed', changedBits(data.changed || []), 1);
    pushPercent(bytes, 'light_command_percent', data.light_command_percent);
    pushPercent(bytes, 'light_level_percent', data.light_level_percent);
    push(bytes, 2, 'supply_voltage_V', data.supply_voltage_V, 10);
  }
  return { bytes: bytes, fPort: 10 };
}

/** @param {unknown} value */
function isAbsent(value) {
  return value === undefined || value === null;
}

/**
 * Rounds to the field's resolution. The highest value of each width means absent, so it can't be sent.
 *
 * @param {number[]} bytes @param {number} width @param {string} name
 * @param {number | undefined} value @param {number} factor
 */
function push(bytes, width, name, value, factor) {
  const absent = 256 ** width - 1;
  const raw = isAbsent(value) ? absent : Math.round(Number(value) * factor);
  if (!isAbsent(value) && !(raw >= 0 && raw < absent)) {
    throw new RangeError(`${name} is ${value}, which does not fit ${width} bytes`);
  }
  for (let i = width - 1; i >= 0; i--) bytes.push(Math.floor(raw / 256 ** i) % 256);
}

/** @param {number[]} bytes @param {string} name @param {number | undefined} value */
function pushPercent(bytes, name, value) {
  if (Number(value) > 100) throw new RangeError(`${name} is ${value}, more than 100`);
  push(bytes, 1, name, value, 1);
}

/** @param {{ [name: string]: boolean } | undefined} failures */
function bitsOf(failures) {
  if (failures === undefined || failures === null) return undefined;
  const raised = failures;
  return FAILURES.reduce((bits, name, bit) => bits | (raised[name] ? 1 << bit : 0), 0);
}

/** @param {string[]} changed */
function changedBits(changed) {
  return FAILURES.reduce((bits, name, bit) => bits | (changed.indexOf(name) >= 0 ? 1 << bit : 0), 0);
}
