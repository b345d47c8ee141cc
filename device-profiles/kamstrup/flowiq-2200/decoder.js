/**
 * Kamstrup flowIQ 2200 with LoRaWAN (configuration 02K73A...): M-Bus records in a LoRaWAN frame, little-endian.
 *
 *   0        CI: 78 no header; 7A access number, status, configuration u16; 72 the same after identification
 *            u32 (BCD), manufacturer u16, version, device type
 *   then     records: DIF (bits 0-3 size, 4-5 function, 6 storage), VIF, data
 *
 * Records of this meter, by their VIF:
 *
 *   6D      date and time of all other records (type F, to the minute)
 *   13      volume, L; with 93 13 a profile: the volumes before, see below
 *   3B      flow, L/h; 5B temperature of the water, 67 of the surroundings, Cel; lowest and highest of a day
 *   FF 25   alarms, one bit each;  FF 1B, FF 1C noise (acoustic leak detection);  FF 16 configuration number
 *
 * INVERSE COMPACT PROFILE (EN 13757-3, annex F). Length, spacing control, spacing value, then what the volume
 * grew by in each period, newest first. Control: bits 7-6 what the numbers are, 5-4 unit of the period (s, min,
 * h, d), 3-0 their size. The newest volume is the record before: without it there is nothing to subtract from.
 *
 * The meter's clock has no zone. It is read as UTC, unless the variable utcOffset_min says how far ahead of
 * UTC it was set. The summer-time flag of EN 13757-3 is not used, for makers differ in what it says of the hour.
 */

const FUNCTION_NAMES = ['', 'maximum_', 'minimum_', 'error_'];

/** @type {{ [vif: number]: { name: string, divisor: number } | undefined }} */
const VALUES = {
  19: { name: 'volume_m3', divisor: 1000 },
  59: { name: 'flow_m3_per_h', divisor: 1000 },
  91: { name: 'water_temperature_Cel', divisor: 1 },
  103: { name: 'ambient_temperature_Cel', divisor: 1 },
};

/** After FF: whole numbers of Kamstrup's own. @type {{ [vife: number]: string | undefined }} */
const KAMSTRUP_VALUES = {
  22: 'configuration_number',
  27: 'noise_level',
  28: 'noise_level_last_day',
  37: 'info_code',
};

/** Names of the info code's bits, from bit 0. */
const ALARMS = [
  'dry_pipe',
  'backflow',
  'leak',
  'burst',
  'tamper',
  'low_battery',
  'low_ambient_temperature',
  'high_ambient_temperature',
];

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  const offset_min = Number(input.variables?.utcOffset_min || 0);
  if (!Number.isFinite(offset_min)) return { errors: ['the variable utcOffset_min is no number of minutes'] };
  /** @type {{ [name: string]: any }} */
  const data = {};
  const header = readHeader(frame, data);
  if (header.error !== undefined) return { errors: [header.error] };

  /** @type {string[]} */
  const warnings = [];
  /** @type {Profile | undefined} */
  let profile;
  for (let at = header.end; at < frame.byteLength; ) {
    if (frame.getUint8(at) === 0x2f) {
      at += 1; // Filler.
      continue;
    }
    const record = readRecord(frame, at);
    if (record.error !== undefined) return { errors: [record.error] };
    at = record.end;
    if (record.profile !== undefined) profile = record.profile;
    else if (record.value === undefined) warnings.push(`${record.name} is marked as not valid`);
    else if (record.name === 'time') data.time = record.value - offset_min * 60;
    else data[record.name] = record.value;
  }
  if (data.info_code !== undefined) data.alarms = alarmsOf(data.info_code);
  if (profile !== undefined) {
    if (data.volume_m3 === undefined) return { errors: ['a profile without the volume that it starts from'] };
    if (data.time === undefined) return { errors: ['a profile without the time that it starts from'] };
    data.history = volumesBefore(profile, Math.round(data.volume_m3 * 1000), data.time);
    const oldest = data.history[data.history.length - 1];
    if (oldest !== undefined && oldest.volume_m3 < 0) {
      return { errors: ['the increments of the profile add up to more than the volume'] };
    }
    if (data.history.length < profile.increments.length) {
      warnings.push('an increment of the profile is not valid, so the volumes before it are not known');
    }
  }
  return { data: data, warnings: warnings };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data @returns {{ end: number, error?: string }} */
function readHeader(frame, data) {
  if (frame.byteLength === 0) return { end: 0, error: 'an empty frame' };
  const ci = frame.getUint8(0);
  const end = { 120: 1, 122: 5, 114: 13 }[ci];
  if (end === undefined) return { end: 0, error: `CI ${hex(ci)} is not 72, 7A or 78` };
  if (frame.byteLength < end) return { end: 0, error: 'the frame is cut off inside its header' };
  if (ci === 0x72) data.id = `0000000${frame.getUint32(1, true).toString(16)}`.slice(-8);
  if (end > 1) {
    data.access_number = frame.getUint8(end - 4);
    data.status = frame.getUint8(end - 3);
    const mode = frame.getUint8(end - 1) & 0x1f;
    if (mode !== 0) return { end: 0, error: `encrypted in M-Bus mode ${mode}, which is not supported` };
  }
  return { end: end };
}

/** @typedef {{ period_s: number, increments: (number | undefined)[] }} Profile */

/**
 * @param {DataView} frame @param {number} start
 * @returns {{ end: number, name: string, value?: number | undefined, profile?: Profile, error?: string }}
 */
function readRecord(frame, start) {
  /** @param {string} reason */
  const failed = (reason) => ({ end: start, name: '', error: `${reason} at byte ${start}` });
  const dif = frame.getUint8(start);
  if (start + 2 >= frame.byteLength) return failed('a record is cut off');
  const vif = frame.getUint8(start + 1);
  if ((dif & 0x80) !== 0) return failed(`DIF ${hex(dif)} is not known`);
  const size = dif & 0x0f;
  const prefix = String(FUNCTION_NAMES[(dif >> 4) & 3]);

  if (vif === 0x93) {
    if (size !== 13 || frame.getUint8(start + 2) !== 0x13) return failed('not a profile of volumes');
    return readProfile(frame, start + 3, failed);
  }
  if (size !== 1 && size !== 2 && size !== 3 && size !== 4)
    return failed(`data of type ${size} is not known`);
  const dataAt = start + (vif === 0xff ? 3 : 2);
  const end = dataAt + size;
  if (end > frame.byteLength) return failed('a record is cut off');
  const raw = readUnsigned(frame, dataAt, size);
  if (vif === 0x6d) {
    if (size !== 4) return failed('a time that is not of type F');
    return { end: end, name: 'time', value: readTypeF(raw) };
  }
  if (vif === 0xff) {
    const name = KAMSTRUP_VALUES[frame.getUint8(start + 2)];
    if (name === undefined) return failed(`VIF FF ${hex(frame.getUint8(start + 2))} is not known`);
    // All bits set says "not valid" for numbers, and eight alarms at once for the info code.
    const isInvalid = name !== 'info_code' && raw === 256 ** size - 1;
    return { end: end, name: name, value: isInvalid ? undefined : raw };
  }
  const meaning = VALUES[vif];
  if (meaning === undefined) return failed(`VIF ${hex(vif)} is not known`);
  const half = 256 ** size / 2;
  const signed = raw < half ? raw : raw - 2 * half;
  return {
    end: end,
    name: prefix + meaning.name,
    value: raw === half ? undefined : signed / meaning.divisor,
  };
}

/**
 * @param {DataView} frame @param {number} lengthAt @param {(reason: string) => { end: number, name: string, error: string }} failed
 * @returns {{ end: number, name: string, profile?: Profile, error?: string }}
 */
function readProfile(frame, lengthAt, failed) {
  if (lengthAt + 3 > frame.byteLength) return failed('a profile is cut off');
  const end = lengthAt + 1 + frame.getUint8(lengthAt);
  if (end > frame.byteLength) return failed('a profile is cut off');
  const control = frame.getUint8(lengthAt + 1);
  const spacing = frame.getUint8(lengthAt + 2);
  const size = control & 0x0f;
  if (control >> 6 !== 1 || size < 1 || size > 4)
    return failed(`a profile with control ${hex(control)} is not known`);
  if (spacing === 0 || spacing > 250) return failed(`a profile with spacing ${spacing} is not known`);
  if (end < lengthAt + 3 || (end - lengthAt - 3) % size !== 0)
    return failed('a profile of a length that does not fit');
  /** @type {(number | undefined)[]} */
  const increments = [];
  for (let at = lengthAt + 3; at < end; at += size) {
    const raw = readUnsigned(frame, at, size);
    increments.push(raw === 256 ** size - 1 ? undefined : raw);
  }
  const unit_s = Number([1, 60, 3600, 86400][(control >> 4) & 3]);
  return { end: end, name: '', profile: { period_s: spacing * unit_s, increments: increments } };
}

/** @param {Profile} profile @param {number} newest_L @param {number} newest_s */
function volumesBefore(profile, newest_L, newest_s) {
  const history = [];
  let volume_L = newest_L;
  for (let i = 0; i < profile.increments.length; i++) {
    const increment_L = profile.increments[i];
    if (increment_L === undefined) break;
    volume_L -= increment_L;
    history.push({ time: newest_s - (i + 1) * profile.period_s, volume_m3: volume_L / 1000 });
  }
  return history;
}

/** EN 13757-3, type F. Bit 7 says that the clock is wrong. @param {number} raw */
function readTypeF(raw) {
  const minute = raw & 0x3f;
  const hour = (raw >> 8) & 0x1f;
  const day = (raw >> 16) & 0x1f;
  const month = (raw >> 24) & 0x0f;
  const year = 2000 + ((raw >> 21) & 0x07) + ((raw >>> 28) << 3);
  if ((raw & 0x80) !== 0 || minute > 59 || hour > 23 || day === 0 || month === 0 || month > 12)
    return undefined;
  return Date.UTC(year, month - 1, day, hour, minute) / 1000;
}

/** @param {number} code */
function alarmsOf(code) {
  /** @type {{ [name: string]: boolean }} */
  const alarms = {};
  for (let bit = 0; bit < ALARMS.length; bit++) alarms[String(ALARMS[bit])] = ((code >> bit) & 1) !== 0;
  return alarms;
}

/** @param {DataView} frame @param {number} at @param {number} size */
function readUnsigned(frame, at, size) {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + frame.getUint8(at + i);
  return value;
}

/** @param {number} byte */
function hex(byte) {
  return `0${byte.toString(16)}`.slice(-2).toUpperCase();
}
