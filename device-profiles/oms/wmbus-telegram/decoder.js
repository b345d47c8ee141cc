/**
 * One wireless M-Bus or M-Bus telegram in a LoRaWAN frame, as bridges forward it: any meter that keeps
 * to EN 13757-3 and OMS. In four layers, in the order of the functions below:
 *
 *   link         wM-Bus frame format A, with its CRCs or stripped of them (EN 13757-4), or a wired long
 *                frame 68 L L 68 ... 16 (EN 13757-2)
 *   CI           extended link layer 8C, 8D; authentication 90; headers 7A (short), 72 (long), 78 (none)
 *   security     mode 0 (none), mode 5 (AES-128-CBC), and the AES-CTR of 8D; key in the variable aesKey
 *   records      DIF, VIF, data (EN 13757-3), all of them; those that a meter is there for get a name
 *
 * A TIME OF THE METER HAS NO ZONE (types F, I and G are wall clock). So readings are dated by the reception,
 * or by the actuality duration where the telegram has one; stored readings stay in `records`. With the
 * variable utcOffset_min the meter's own times count, and stored readings become `history`. A stored
 * reading with a date alone stays in `records` in any case: some makers mean the day's start, some its end.
 */

/** @typedef {{ name: string, value?: number | string, unit?: string, storage: number, tariff: number, subunit: number, function: string, qualifiers: string[] }} OmsRecord */
/** @typedef {{ manufacturer?: string, id?: string, version?: number, type?: number, address?: number[] }} Meter */

const FUNCTIONS = ['instantaneous', 'maximum', 'minimum', 'during_error'];

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  try {
    return decodeTelegram(input);
  } catch (thrown) {
    // Only what refuse() threw is about the frame. Anything else is a defect, and must be seen.
    const reason = Object(thrown).refusal;
    if (typeof reason !== 'string') throw thrown;
    return { errors: [reason] };
  }
}

/** @param {string} reason @returns {never} */
function refuse(reason) {
  throw { refusal: reason };
}

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeTelegram(input) {
  const variables = input.variables || {};
  const key = readKey(variables.aesKey);
  const link = readLink(input.bytes);
  const telegram = readHeaders(link.bytes, link.meter, key);
  const meter = telegram.meter;
  /** @type {{ [name: string]: any }} */
  const data = {
    manufacturer: meter.manufacturer,
    id: meter.id,
    version: meter.version,
    medium: mediumOf(meter.type),
    security: telegram.security,
  };
  if (telegram.accessNumber !== undefined) data.access_number = telegram.accessNumber;
  if (telegram.status !== undefined) readStatus(data, telegram.status);
  const rest = readRecords(telegram.payload);
  data.records = rest.records;
  if (rest.manufacturerData !== '') data.manufacturer_data = rest.manufacturerData;
  /** @type {string[]} */
  const warnings = [];
  if (rest.unread !== '') warnings.push(`the last bytes, ${rest.unread}, are no whole record`);
  const offset_min = variables.utcOffset_min === undefined ? NaN : Number(variables.utcOffset_min);
  nameReadings(data, rest.records, groupOf(meter.type), offset_min, Number(input.recvTime) / 1000, warnings);
  return warnings.length === 0 ? { data: data } : { data: data, warnings: warnings };
}

// Link layer

/** @param {number[]} bytes @returns {{ bytes: number[], meter: Meter }} */
function readLink(bytes) {
  const length = Number(bytes[0]);
  if (length === 0x68 && bytes[3] === 0x68 && bytes[1] === bytes[2]) return readWiredFrame(bytes);
  let frame = bytes;
  if (bytes.length !== length + 1) {
    if (length < 10 || bytes.length !== lengthWithCrcs(length)) {
      refuse(`the length field asks for ${length + 1} bytes, the telegram has ${bytes.length}: cut off?`);
    }
    frame = withoutCrcs(bytes, length);
  }
  if (frame.length < 11) refuse('a wM-Bus telegram has 11 bytes at least');
  return { bytes: frame.slice(10), meter: readMeter(frame.slice(2, 10), 2) };
}

/** Format A: blocks of 10, then of 16 bytes, and 2 bytes of CRC after each. @param {number} length */
function lengthWithCrcs(length) {
  return length + 1 + 2 * (1 + Math.ceil((length - 9) / 16));
}

/** @param {number[]} bytes @param {number} length */
function withoutCrcs(bytes, length) {
  /** @type {number[]} */
  let frame = [];
  for (let at = 0; at < bytes.length; ) {
    const size = at === 0 ? 10 : Math.min(16, length + 1 - frame.length);
    const block = bytes.slice(at, at + size);
    if (crc(block) !== Number(bytes[at + size]) * 256 + Number(bytes[at + size + 1])) {
      refuse(`the CRC of the block at byte ${at} is wrong`);
    }
    frame = frame.concat(block);
    at += size + 2;
  }
  return frame;
}

/** EN 13757-4: polynomial 3D65, complemented. @param {number[]} bytes */
function crc(bytes) {
  let register = 0;
  for (let i = 0; i < bytes.length; i++) {
    register ^= Number(bytes[i]) << 8;
    for (let bit = 0; bit < 8; bit++) {
      register = (register & 0x8000) !== 0 ? ((register << 1) ^ 0x3d65) & 0xffff : (register << 1) & 0xffff;
    }
  }
  return register ^ 0xffff;
}

/** @param {number[]} bytes @returns {{ bytes: number[], meter: Meter }} */
function readWiredFrame(bytes) {
  const length = Number(bytes[1]);
  if (bytes.length !== length + 6 || length < 3) {
    refuse(`the length field asks for ${length + 6} bytes, the telegram has ${bytes.length}: cut off?`);
  }
  let sum = 0;
  for (let at = 4; at < 4 + length; at++) sum += Number(bytes[at]);
  if ((sum & 0xff) !== bytes[length + 4] || bytes[length + 5] !== 0x16) refuse('the checksum is wrong');
  return { bytes: bytes.slice(6, length + 4), meter: {} };
}

/**
 * Who sent it: manufacturer (2), identification (4, BCD), version, device type. The long header has the
 * manufacturer after the identification, the link layer before it; the AES needs the latter's order.
 *
 * @param {number[]} bytes @param {number} idAt @returns {Meter}
 */
function readMeter(bytes, idAt) {
  const id = bytes.slice(idAt, idAt + 4);
  const maker = idAt === 0 ? bytes.slice(4, 6) : bytes.slice(0, 2);
  const code = Number(maker[0]) + Number(maker[1]) * 256;
  return {
    manufacturer: String.fromCharCode(
      64 + ((code >> 10) & 31),
      64 + ((code >> 5) & 31),
      64 + (code & 31),
    ).replace(/[^A-Z]/g, '?'),
    id: hex(id.slice().reverse()),
    version: Number(bytes[6]),
    type: Number(bytes[7]),
    address: maker.concat(id, bytes.slice(6, 8)),
  };
}

// CI fields and security

/**
 * @param {number[]} bytes @param {Meter} linkMeter @param {number[] | undefined} key
 * @returns {{ meter: Meter, security: string, accessNumber?: number, status?: number, payload: number[] }}
 */
function readHeaders(bytes, linkMeter, key) {
  let rest = bytes;
  let security = 'none';
  // Two lower layers at most can stand before the header.
  for (let layer = 0; layer < 4; layer++) {
    const ci = Number(rest[0]);
    if (ci === 0x8c) {
      rest = sliceWhole(rest, 3);
    } else if (ci === 0x8d) {
      const opened = openExtendedLink(rest, linkMeter, key);
      if (opened.wasEncrypted) security = 'ELL AES-CTR';
      rest = opened.payload;
    } else if (ci === 0x90) {
      rest = sliceWhole(rest, 2 + Number(rest[1]));
    } else if (ci === 0x78) {
      return { meter: linkMeter, security: security, payload: sliceWhole(rest, 1) };
    } else if (ci === 0x7a || ci === 0x72) {
      const at = ci === 0x72 ? 9 : 1;
      const content = sliceWhole(rest, at + 4);
      const meter = ci === 0x72 ? readMeter(rest.slice(1, 9), 0) : linkMeter;
      const accessNumber = Number(rest[at]);
      const config = Number(rest[at + 2]) + Number(rest[at + 3]) * 256;
      const opened = openPayload(content, config, meter, accessNumber, key);
      return {
        meter: meter,
        security: opened.wasEncrypted ? 'mode 5' : security,
        accessNumber: accessNumber,
        status: Number(rest[at + 1]),
        payload: opened.payload,
      };
    } else if (ci === 0x79) {
      refuse('a compact frame (CI 79) can be read only with the full frame before it');
    } else {
      refuse(
        rest.length === 0 ? 'the telegram ends before its CI field' : `CI ${hex([ci])} is not supported`,
      );
    }
  }
  return refuse('too many layers before the header');
}

/** @param {number[]} bytes @param {number} from */
function sliceWhole(bytes, from) {
  if (!(from <= bytes.length)) refuse('the telegram is cut off inside its header');
  return bytes.slice(from);
}

/**
 * CI 8D: communication control, access number, session number u32, then a CRC and what it covers. CRC and
 * content are encrypted together, so the CRC says whether they still are, and whether the key is right.
 *
 * @param {number[]} bytes @param {Meter} meter @param {number[] | undefined} key
 */
function openExtendedLink(bytes, meter, key) {
  const body = sliceWhole(bytes, 7);
  if (isIntact(body)) return { wasEncrypted: false, payload: body.slice(2) };
  if (Number(bytes[6]) >> 5 !== 1) refuse('the CRC of the extended link layer is wrong');
  if (key === undefined) refuse('encrypted (ELL AES-CTR): the variable aesKey is missing');
  const address = meter.address || [];
  const counter = address.concat([Number(bytes[1])], bytes.slice(3, 7), [0, 0, 0]);
  const plain = aesCtr(key || [], counter, body);
  if (!isIntact(plain)) refuse('wrong aesKey: the CRC of the decrypted extended link layer does not match');
  return { wasEncrypted: true, payload: plain.slice(2) };
}

/** @param {number[]} body */
function isIntact(body) {
  return body.length > 2 && crc(body.slice(2)) === Number(body[0]) + Number(body[1]) * 256;
}

/**
 * A mode 5 payload starts with 2F 2F once decrypted. One that does so already was opened by the bridge.
 *
 * @param {number[]} content @param {number} config @param {Meter} meter @param {number} accessNumber
 * @param {number[] | undefined} key
 */
function openPayload(content, config, meter, accessNumber, key) {
  const mode = (config >> 8) & 0x1f;
  const isOpen = content[0] === 0x2f && content[1] === 0x2f;
  if (mode === 0) return { wasEncrypted: false, payload: content };
  if (mode !== 5) {
    if (isOpen) return { wasEncrypted: false, payload: content };
    refuse(`encrypted with mode ${mode}, and only modes 0 and 5 are supported`);
  }
  const size = 16 * ((config >> 4) & 0x0f);
  if (size === 0) return { wasEncrypted: false, payload: content };
  if (key !== undefined && size <= content.length) {
    let iv = meter.address || [];
    while (iv.length < 16) iv = iv.concat([accessNumber]);
    const plain = aesCbcDecrypt(key, iv, content.slice(0, size));
    if (plain[0] === 0x2f && plain[1] === 0x2f) {
      // What follows the encrypted blocks is plain.
      return { wasEncrypted: true, payload: plain.concat(content.slice(size)) };
    }
  }
  if (isOpen) return { wasEncrypted: false, payload: content };
  if (size > content.length)
    refuse(`${size} encrypted bytes are announced, ${content.length} are there: cut off?`);
  return refuse(
    key === undefined
      ? 'encrypted (mode 5): the variable aesKey is missing'
      : 'wrong aesKey: the decrypted telegram does not start with 2F2F',
  );
}

/** @param {string | undefined} text @returns {number[] | undefined} */
function readKey(text) {
  if (text === undefined || text === '') return undefined;
  if (!/^[0-9a-fA-F]{32}$/.test(text)) refuse('the variable aesKey must have 32 hexadecimal digits');
  const key = [];
  for (let at = 0; at < 32; at += 2) key.push(parseInt(text.slice(at, at + 2), 16));
  return key;
}

/** @param {{ [name: string]: any }} data @param {number} status */
function readStatus(data, status) {
  const application = ['no_error', 'busy', 'any_error', 'abnormal_condition'][status & 3];
  data.status = {
    byte: status,
    application: application,
    power_low: (status & 0x04) !== 0,
    permanent_error: (status & 0x08) !== 0,
    temporary_error: (status & 0x10) !== 0,
  };
  // An abnormal condition is something such as a leak, and a temporary error heals: neither is a fault.
  data.device_fault = (status & 0x08) !== 0 || application === 'any_error';
}

// Records

/** What take() throws past the end of the records. */
const CUT_OFF = {};

/**
 * Some meters put a byte or two behind the last record that are none. The length of the telegram has been
 * checked by then, so they cost a warning and not the readings before them.
 *
 * @param {number[]} payload
 */
function readRecords(payload) {
  const bytes = new DataView(new Uint8Array(payload).buffer);
  /** @type {OmsRecord[]} */
  const records = [];
  let at = 0;
  /** @param {number} count */
  function take(count) {
    if (at + count > bytes.byteLength) throw CUT_OFF;
    at += count;
    return at - count;
  }
  while (at < bytes.byteLength) {
    const start = at;
    const dif = bytes.getUint8(at);
    at += 1;
    if (dif === 0x2f) continue; // Filler.
    if (dif === 0x0f || dif === 0x1f) {
      return { records: records, manufacturerData: hex(payload.slice(at)), unread: '' };
    }
    if ((dif & 0x0f) === 0x0f) refuse(`special DIF ${hex([dif])} at byte ${start} of the records`);
    try {
      records.push(readRecord(bytes, dif, take));
    } catch (thrown) {
      if (thrown !== CUT_OFF) throw thrown;
      if (records.length === 0) refuse('the first record is cut off');
      return { records: records, manufacturerData: '', unread: hex(payload.slice(start)) };
    }
  }
  return { records: records, manufacturerData: '', unread: '' };
}

/** @param {DataView} bytes @param {number} firstDif @param {(count: number) => number} take */
function readRecord(bytes, firstDif, take) {
  const next = () => bytes.getUint8(take(1));
  let dif = firstDif;
  /** @type {OmsRecord} */
  const record = {
    name: '',
    storage: (dif >> 6) & 1,
    tariff: 0,
    subunit: 0,
    function: String(FUNCTIONS[(dif >> 4) & 3]),
    qualifiers: [],
  };
  // Bits of the DIFEs, least significant first: 4 of the storage, 2 of the tariff, 1 of the subunit.
  for (let i = 0; (dif & 0x80) !== 0; i++) {
    if (i === 10) refuse('more than ten DIFEs');
    dif = next();
    record.storage += (dif & 0x0f) * 2 ** (1 + 4 * i);
    record.tariff += ((dif >> 4) & 3) * 4 ** i;
    record.subunit += ((dif >> 6) & 1) * 2 ** i;
  }
  const meaning = readValueInformation(next, record.qualifiers);
  record.name = meaning.name;
  if (meaning.unit !== '') record.unit = meaning.unit;
  const value = readData(bytes, firstDif & 0x0f, take, meaning);
  if (value !== undefined) record.value = value;
  return record;
}

/** @typedef {{ name: string, unit: string, exponent: number }} Meaning */

/**
 * VIF and VIFEs. A VIFE that only scales goes into the exponent; the others qualify the record.
 *
 * @param {() => number} next @param {string[]} qualifiers @returns {Meaning}
 */
function readValueInformation(next, qualifiers) {
  let code = next();
  /** @type {Meaning} */
  let meaning;
  if ((code & 0x7f) === 0x7c) {
    let text = '';
    for (let count = next(); count > 0; count--) text = String.fromCharCode(next()) + text;
    meaning = { name: `text_${text.replace(/[^\w%/]/g, '')}`, unit: '', exponent: 0 };
  } else if (code === 0xfb || code === 0xfd) {
    const table = code;
    code = next();
    meaning = (table === 0xfb ? extensionFb(code & 0x7f) : extensionFd(code & 0x7f)) || {
      name: `vif_${hex([table, code & 0x7f])}`,
      unit: '',
      exponent: 0,
    };
  } else {
    meaning = primaryVif(code & 0x7f) || { name: `vif_${hex([code & 0x7f])}`, unit: '', exponent: 0 };
  }
  let isManufacturers = (code & 0x7f) === 0x7f && meaning.name === 'vif_7f';
  for (let i = 0; (code & 0x80) !== 0; i++) {
    if (i === 10) refuse('more than ten VIFEs');
    code = next();
    const vife = code & 0x7f;
    if (isManufacturers) {
      qualifiers.push(`manufacturer_${hex([vife])}`);
    } else if (vife === 0x7f) {
      // All further VIFEs of this record are the manufacturer's own.
      isManufacturers = true;
      qualifiers.push('manufacturer');
    } else if (vife === 0x7c && code === 0xfc) {
      code = next();
      qualifiers.push(phaseOf(code & 0x7f));
    } else if (vife >= 0x70 && vife <= 0x77) {
      meaning.exponent += vife - 0x76;
    } else if (vife === 0x7d) {
      meaning.exponent += 3;
    } else {
      qualifiers.push(QUALIFIERS[vife] || `vife_${hex([vife])}`);
    }
  }
  return meaning;
}

/** @type {{ [vife: number]: string | undefined }} */
const QUALIFIERS = {
  18: 'average',
  19: 'inverse_compact_profile',
  30: 'compact_profile_with_registers',
  31: 'compact_profile',
  57: 'start_of',
  58: 'at_metering_conditions',
  59: 'forward',
  60: 'backward',
  62: 'at_base_conditions',
  126: 'future',
};

/** @param {number} code */
function phaseOf(code) {
  return ['', 'phase_1', 'phase_2', 'phase_3', 'neutral'][code] || `extension_${hex([code])}`;
}

/**
 * EN 13757-3, primary VIFs: from, name, unit (UCUM), exponent of the first code. Each next code up to
 * the next row is ten times as much.
 *
 * @type {[number, string, string, number][]}
 */
const PRIMARY = [
  [0x00, 'energy', 'W.h', -3],
  [0x08, 'energy', 'J', 0],
  [0x10, 'volume', 'm3', -6],
  [0x18, 'mass', 'kg', -3],
  [0x28, 'power', 'W', -3],
  [0x30, 'power', 'J/h', 0],
  [0x38, 'volume_flow', 'm3/h', -6],
  [0x40, 'volume_flow', 'm3/min', -7],
  [0x48, 'volume_flow', 'm3/s', -9],
  [0x50, 'mass_flow', 'kg/h', -3],
  [0x58, 'flow_temperature', 'Cel', -3],
  [0x5c, 'return_temperature', 'Cel', -3],
  [0x60, 'temperature_difference', 'K', -3],
  [0x64, 'external_temperature', 'Cel', -3],
  [0x68, 'pressure', 'bar', -3],
];

/** @type {{ [vif: number]: string | undefined }} */
const PRIMARY_SINGLE = {
  108: 'date',
  109: 'date_time',
  110: 'heat_cost_units',
  120: 'fabrication_number',
  121: 'identification',
  122: 'bus_address',
};

const DURATIONS = ['s', 'min', 'h', 'd'];

/** @param {number} vif @returns {Meaning | undefined} */
function primaryVif(vif) {
  if (vif >= 0x20 && vif <= 0x27) return duration(vif, (vif & 4) === 0 ? 'on_time' : 'operating_time');
  if (vif >= 0x70 && vif <= 0x77)
    return duration(vif, (vif & 4) === 0 ? 'averaging_duration' : 'actuality_duration');
  const single = PRIMARY_SINGLE[vif];
  if (single !== undefined) return { name: single, unit: '', exponent: 0 };
  return vif < 0x6c ? fromTable(PRIMARY, vif) : undefined;
}

/** @param {number} vif @param {string} name @returns {Meaning} */
function duration(vif, name) {
  return { name: name, unit: String(DURATIONS[vif & 3]), exponent: 0 };
}

/** @param {[number, string, string, number][]} table @param {number} code @returns {Meaning | undefined} */
function fromTable(table, code) {
  for (let i = table.length - 1; i >= 0; i--) {
    const row = table[i];
    if (row !== undefined && code >= row[0]) {
      return { name: row[1], unit: row[2], exponent: row[3] + code - row[0] };
    }
  }
  return undefined;
}

/** @type {{ [vif: number]: [string, string, number] | undefined }} */
const FB = {
  0: ['energy', 'W.h', 5],
  1: ['energy', 'W.h', 6],
  2: ['reactive_energy', 'kvar.h', 0],
  3: ['reactive_energy', 'kvar.h', 1],
  8: ['energy', 'J', 8],
  9: ['energy', 'J', 9],
  12: ['energy', 'cal', 5],
  13: ['energy', 'cal', 6],
  14: ['energy', 'cal', 7],
  15: ['energy', 'cal', 8],
  16: ['volume', 'm3', 2],
  17: ['volume', 'm3', 3],
  26: ['relative_humidity', '%', -1],
  27: ['relative_humidity', '%', 0],
  40: ['power', 'W', 5],
  41: ['power', 'W', 6],
  44: ['frequency', 'Hz', -3],
  45: ['frequency', 'Hz', -2],
  46: ['frequency', 'Hz', -1],
  47: ['frequency', 'Hz', 0],
  48: ['power', 'J/h', 8],
  49: ['power', 'J/h', 9],
};

/** @param {number} vif @returns {Meaning | undefined} */
function extensionFb(vif) {
  const row = FB[vif];
  return row === undefined ? undefined : { name: row[0], unit: row[1], exponent: row[2] };
}

/** @type {{ [vif: number]: string | undefined }} */
const FD = {
  8: 'transmission_count',
  9: 'device_type',
  10: 'manufacturer',
  11: 'parameter_set',
  12: 'model_version',
  13: 'hardware_version',
  14: 'firmware_version',
  15: 'software_version',
  16: 'customer_location',
  17: 'customer',
  23: 'error_flags',
  26: 'digital_output',
  27: 'digital_input',
  58: 'dimensionless',
  96: 'reset_count',
  97: 'cumulation_count',
  103: 'supplier_information',
};

/** @param {number} vif @returns {Meaning | undefined} */
function extensionFd(vif) {
  if (vif >= 0x40 && vif <= 0x4f) return { name: 'voltage', unit: 'V', exponent: vif - 0x49 };
  if (vif >= 0x50 && vif <= 0x5f) return { name: 'current', unit: 'A', exponent: vif - 0x5c };
  if (vif === 0x74) return { name: 'remaining_battery', unit: 'd', exponent: 0 };
  const name = FD[vif];
  return name === undefined ? undefined : { name: name, unit: '', exponent: 0 };
}

/** Bytes of the data fields 0 to C and E; D says its length itself. */
const DATA_SIZES = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6];

/**
 * Undefined where there is no value: no data, or the code for "not valid".
 *
 * @param {DataView} bytes @param {number} field @param {(count: number) => number} take @param {Meaning} meaning
 * @returns {number | string | undefined}
 */
function readData(bytes, field, take, meaning) {
  if (field === 13) return readVariable(bytes, take, meaning.exponent);
  const size = Number(DATA_SIZES[field]);
  const at = take(size);
  if (meaning.name === 'date' || meaning.name === 'date_time') {
    const time = readTime(bytes, at, size);
    if (time !== undefined || size === 2 || size === 4 || size === 6) return time;
  }
  if (size === 0) return undefined;
  // An identification is a row of digits, zeros in front included, and no number.
  if (meaning.name === 'identification' || meaning.name === 'fabrication_number') {
    const digits = [];
    for (let i = size - 1; i >= 0; i--) digits.push(bytes.getUint8(at + i));
    return hex(digits);
  }
  let raw;
  if (field === 5) raw = bytes.getFloat32(at, true);
  else if (field < 8) raw = readInteger(bytes, at, size);
  else raw = readBcd(bytes, at, size);
  return raw === undefined || !Number.isFinite(raw) ? undefined : scale10(raw, meaning.exponent);
}

/** Two's complement; its smallest number says "not valid" (type B). @param {DataView} bytes @param {number} at @param {number} size */
function readInteger(bytes, at, size) {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes.getUint8(at + i);
  const range = 256 ** size;
  if (value === range / 2) return undefined;
  if (value > range / 2) value -= range;
  // A double holds 53 bits. No meter counts that far, and a rounded index would be a wrong one.
  return Number.isSafeInteger(value) ? value : undefined;
}

/** F in the highest digit is a minus; any other digit beyond 9 says "not valid". @param {DataView} bytes @param {number} at @param {number} size */
function readBcd(bytes, at, size) {
  let value = 0;
  let sign = 1;
  for (let i = size - 1; i >= 0; i--) {
    let high = bytes.getUint8(at + i) >> 4;
    const low = bytes.getUint8(at + i) & 0x0f;
    if (i === size - 1 && high === 0x0f) {
      sign = -1;
      high = 0;
    }
    if (high > 9 || low > 9) return undefined;
    value = value * 100 + high * 10 + low;
  }
  return value === 0 ? 0 : sign * value;
}

/** @param {DataView} bytes @param {(count: number) => number} take @param {number} exponent */
function readVariable(bytes, take, exponent) {
  const kind = bytes.getUint8(take(1));
  if (kind < 0xc0) {
    const at = take(kind);
    let text = '';
    for (let i = kind - 1; i >= 0; i--) text += String.fromCharCode(bytes.getUint8(at + i));
    // Compact profiles come in this type as well: what is no text is shown in hexadecimal, as sent.
    return /^[\x20-\x7e]*$/.test(text) ? text : hex(byteList(bytes, at, kind));
  }
  const size = kind & 0x0f;
  if ((kind >= 0xc0 && kind <= 0xc9) || (kind >= 0xd0 && kind <= 0xd9)) {
    const raw = readBcd(bytes, take(size), size);
    return raw === undefined ? undefined : scale10(kind < 0xd0 ? raw : -raw, exponent);
  }
  if (kind >= 0xe0 && kind <= 0xef) return hex(byteList(bytes, take(size), size));
  return refuse(`variable data of type ${hex([kind])} is not supported`);
}

/** @param {DataView} bytes @param {number} at @param {number} size */
function byteList(bytes, at, size) {
  const list = [];
  for (let i = 0; i < size; i++) list.push(bytes.getUint8(at + i));
  return list;
}

/** Type G (2 bytes: date), F (4: to the minute) or I (6: to the second). @param {DataView} bytes @param {number} at @param {number} size */
function readTime(bytes, at, size) {
  const dateAt = { 2: 0, 4: 2, 6: 3 }[size];
  if (dateAt === undefined) return undefined;
  const low = bytes.getUint8(at + dateAt);
  const high = bytes.getUint8(at + dateAt + 1);
  const day = low & 0x1f;
  const month = high & 0x0f;
  const year = (low >> 5) + ((high >> 4) << 3);
  if (day === 0 || month === 0 || month > 12 || year > 99) return undefined;
  const date = `20${twoDigits(year)}-${twoDigits(month)}-${twoDigits(day)}`;
  if (size === 2) return date;
  const minute = bytes.getUint8(at + dateAt - 2);
  const hour = bytes.getUint8(at + dateAt - 1) & 0x1f;
  // The bit 7 of the minute: the meter says itself that its clock is wrong.
  if ((minute & 0x80) !== 0 || (minute & 0x3f) > 59 || hour > 23) return undefined;
  const second = size === 6 ? bytes.getUint8(at) & 0x3f : 0;
  if (second > 59) return undefined;
  return `${date}T${twoDigits(hour)}:${twoDigits(minute & 0x3f)}:${twoDigits(second)}`;
}

// From records to named readings

/** @param {number | undefined} type */
function groupOf(type) {
  switch (type) {
    case 0x06:
    case 0x07:
    case 0x15:
    case 0x16:
    case 0x17:
      return 'water';
    case 0x03:
      return 'gas';
    case 0x04:
    case 0x0c:
    case 0x0d:
      return 'heat';
    case 0x0a:
    case 0x0b:
      return 'cooling';
    case 0x02:
      return 'electricity';
    default:
      return undefined;
  }
}

/** @type {{ [type: number]: string | undefined }} */
const MEDIA = {
  0: 'other',
  1: 'oil',
  2: 'electricity',
  3: 'gas',
  4: 'heat',
  5: 'steam',
  6: 'warm_water',
  7: 'water',
  8: 'heat_cost_allocator',
  9: 'compressed_air',
  10: 'cooling',
  11: 'cooling',
  12: 'heat',
  13: 'heat_and_cooling',
  21: 'hot_water',
  22: 'cold_water',
  23: 'hot_and_cold_water',
  24: 'pressure',
  27: 'room_sensor',
  40: 'waste_water',
};

/** @param {number | undefined} type */
function mediumOf(type) {
  return type === undefined ? undefined : MEDIA[type] || `type_${hex([type])}`;
}

/**
 * What a record is called in `data`, by the meter's medium. In kW.h, m3, W, m3/h, Cel, V and A.
 *
 * @param {OmsRecord} record @param {string | undefined} group @returns {string | undefined}
 */
function readingName(record, group) {
  const qualifier = record.qualifiers.join(' ');
  const tariff = record.tariff === 0 ? '' : `_t${record.tariff}`;
  const isPlain = qualifier === '' || qualifier === 'forward';
  if (group === 'electricity') {
    if (record.name === 'energy' && isPlain) return `active_energy_import_kWh${tariff}`;
    if (record.name === 'energy' && qualifier === 'backward') return `active_energy_export_kWh${tariff}`;
    const phase = /^phase_([123])$/.exec(qualifier);
    const line = phase === null ? '' : `_L${phase[1]}`;
    if (tariff !== '' || (line === '' && qualifier !== '')) return undefined;
    if (record.name === 'power') return `active_power_W${line}`;
    if (record.name === 'voltage') return `voltage_V${line}`;
    if (record.name === 'current') return `current_A${line}`;
    return undefined;
  }
  // Gas is billed from the volume at metering conditions; the converted one stays in the records.
  if (!isPlain && !(group === 'gas' && qualifier === 'at_metering_conditions')) return undefined;
  if (group === 'water' || group === 'gas') {
    if (record.name === 'volume') return `${group}_volume_m3${tariff}`;
    if (record.name === 'flow_temperature' && tariff === '') return 'temperature_Cel';
  }
  if (group === 'heat' || group === 'cooling') {
    if (record.name === 'energy') return `${group}_energy_kWh${tariff}`;
    if (record.name === 'volume' && tariff === '') return 'carrier_volume_m3';
    if (record.name === 'power' && tariff === '') return 'thermal_power_W';
    if (record.name === 'flow_temperature' && tariff === '') return 'flow_temperature_Cel';
    if (record.name === 'return_temperature' && tariff === '') return 'return_temperature_Cel';
  }
  if (group === undefined || tariff !== '') return undefined;
  if (record.name === 'volume_flow') return 'flow_rate_m3_per_h';
  return record.name === 'external_temperature' ? 'ambient_temperature_Cel' : undefined;
}

/** What one of a record's unit is in the reading's: numerator and denominator. @type {{ [unit: string]: [number, number] | undefined }} */
const UNITS = {
  'W.h': [1, 1000],
  J: [1, 3_600_000],
  cal: [4.1868, 3_600_000],
  'J/h': [1, 3600],
  'm3/min': [60, 1],
  'm3/s': [3600, 1],
};

/**
 * @param {{ [name: string]: any }} data @param {OmsRecord[]} records @param {string | undefined} group
 * @param {number} offset_min @param {number} received_s @param {string[]} warnings
 */
function nameReadings(data, records, group, offset_min, received_s, warnings) {
  /** @type {{ [storage: number]: { [name: string]: any } }} */
  const stored = {};
  for (let i = 0; i < records.length; i++) {
    const record = records[i];
    if (record === undefined || record.function !== 'instantaneous' || record.subunit !== 0) continue;
    if (record.storage === 0) readCurrentTime(data, record, offset_min, received_s);
    if (record.storage > 0 && record.name === 'date_time' && record.qualifiers.length === 0) {
      sampleOf(stored, record.storage).time = localToUnix(record.value, offset_min);
    }
    const name = readingName(record, group);
    if (name === undefined || typeof record.value !== 'number') continue;
    const unit = UNITS[String(record.unit)] || [1, 1];
    const value = (record.value * unit[0]) / unit[1];
    const sample = record.storage === 0 ? data : sampleOf(stored, record.storage);
    // The first of several counts: a meter repeats a value only to give it in another unit.
    if (sample[name] === undefined) sample[name] = value;
  }
  const samples = Object.keys(stored).map((storage) => stored[Number(storage)] || {});
  const dated = samples.filter((sample) => 'time' in sample && Object.keys(sample).length > 1);
  if (dated.length > 0 && !Number.isFinite(offset_min)) {
    warnings.push(
      `${dated.length} stored readings are not dated: give the offset of the meter's clock as the variable utcOffset_min`,
    );
  } else if (dated.length > 0) {
    data.history = dated.filter((sample) => sample.time !== undefined);
  }
}

/** @param {{ [storage: number]: { [name: string]: any } }} stored @param {number} storage */
function sampleOf(stored, storage) {
  const sample = stored[storage] || {};
  stored[storage] = sample;
  return sample;
}

/**
 * The actuality duration says how old the reading was when it was sent: it needs no zone and no clock.
 *
 * @param {{ [name: string]: any }} data @param {OmsRecord} record @param {number} offset_min @param {number} received_s
 */
function readCurrentTime(data, record, offset_min, received_s) {
  if (record.qualifiers.length > 0) return;
  if (record.name === 'actuality_duration' && typeof record.value === 'number' && record.value >= 0) {
    const seconds = { s: 1, min: 60, h: 3600, d: 86400 }[String(record.unit)];
    if (Number.isFinite(received_s) && seconds !== undefined) {
      data.time = Math.round(received_s) - record.value * seconds;
    }
  } else if (record.name === 'date_time' && data.time === undefined) {
    const time = localToUnix(record.value, offset_min);
    if (time !== undefined) data.time = time;
  }
}

/** @param {number | string | undefined} local @param {number} offset_min */
function localToUnix(local, offset_min) {
  const utc = Date.parse(`${local}Z`) / 1000 - offset_min * 60;
  return Number.isFinite(utc) ? utc : undefined;
}

/** raw x 10^exponent. Dividing keeps 7704 / 1000 at 7.704, where 7704 * 0.001 is not. @param {number} raw @param {number} exponent */
function scale10(raw, exponent) {
  return exponent < 0 ? raw / 10 ** -exponent : raw * 10 ** exponent;
}

/** @param {number} value */
function twoDigits(value) {
  return value < 10 ? `0${value}` : `${value}`;
}

/** @param {number[]} bytes */
function hex(bytes) {
  return bytes.map((byte) => `0${byte.toString(16)}`.slice(-2)).join('');
}

// AES-128 (FIPS 197), because TS013 gives a script no cryptography

/** @param {number} a @param {number} b */
function multiply(a, b) {
  let product = 0;
  let x = a;
  for (let y = b; y > 0; y >>= 1) {
    if ((y & 1) !== 0) product ^= x;
    x = (x << 1) ^ ((x & 0x80) !== 0 ? 0x11b : 0);
  }
  return product;
}

const SBOX = new Uint8Array(256);
const INVERSE_SBOX = new Uint8Array(256);
(function fillBoxes() {
  // p runs through the powers of 3, which are all bytes but 0, and q through their inverses.
  let p = 1;
  let q = 1;
  do {
    p = multiply(p, 3);
    q = multiply(q, 0xf6);
    const bits = q | (q << 8);
    SBOX[p] = ((bits ^ (bits >> 4) ^ (bits >> 5) ^ (bits >> 6) ^ (bits >> 7)) & 0xff) ^ 0x63;
  } while (p !== 1);
  SBOX[0] = 0x63;
  for (let i = 0; i < 256; i++) INVERSE_SBOX[Number(SBOX[i])] = i;
})();

/** Eleven round keys of 16 bytes, one after the other. @param {number[]} key */
function expandKey(key) {
  const keys = key.slice();
  let constant = 1;
  for (let at = 16; at < 176; at += 4) {
    let word = keys.slice(at - 4, at);
    if (at % 16 === 0) {
      word = [word[1], word[2], word[3], word[0]].map((byte) => Number(SBOX[Number(byte)]));
      word[0] = Number(word[0]) ^ constant;
      constant = multiply(constant, 2);
    }
    for (let i = 0; i < 4; i++) keys.push(Number(keys[at - 16 + i]) ^ Number(word[i]));
  }
  return keys;
}

/** @param {number[]} state @param {number[]} keys @param {number} round */
function addRoundKey(state, keys, round) {
  return state.map((byte, i) => byte ^ Number(keys[16 * round + i]));
}

/** @param {number[]} state @param {number[]} row The first row of the circulant matrix. */
function mixColumns(state, row) {
  return state.map((_byte, i) => {
    let sum = 0;
    for (let j = 0; j < 4; j++) {
      sum ^= multiply(Number(state[(i & 12) + ((i + j) & 3)]), Number(row[j]));
    }
    return sum;
  });
}

/** @param {number[]} keys @param {number[]} block */
function encryptBlock(keys, block) {
  let state = addRoundKey(block, keys, 0);
  for (let round = 1; round <= 10; round++) {
    const before = state;
    // Byte i of row i & 3 comes from as many columns to the right.
    state = before.map((_byte, i) => Number(SBOX[Number(before[(i + 4 * (i & 3)) & 15])]));
    if (round < 10) state = mixColumns(state, [2, 3, 1, 1]);
    state = addRoundKey(state, keys, round);
  }
  return state;
}

/** @param {number[]} keys @param {number[]} block */
function decryptBlock(keys, block) {
  let state = addRoundKey(block, keys, 10);
  for (let round = 9; round >= 0; round--) {
    const before = state;
    state = before.map((_byte, i) => Number(INVERSE_SBOX[Number(before[(i - 4 * (i & 3)) & 15])]));
    state = addRoundKey(state, keys, round);
    if (round > 0) state = mixColumns(state, [14, 11, 13, 9]);
  }
  return state;
}

/** @param {number[]} key @param {number[]} iv @param {number[]} cipher */
function aesCbcDecrypt(key, iv, cipher) {
  const keys = expandKey(key);
  /** @type {number[]} */
  let plain = [];
  let previous = iv;
  for (let at = 0; at < cipher.length; at += 16) {
    const block = cipher.slice(at, at + 16);
    const before = previous;
    plain = plain.concat(decryptBlock(keys, block).map((byte, i) => byte ^ Number(before[i])));
    previous = block;
  }
  return plain;
}

/** The last byte of the counter block counts. @param {number[]} key @param {number[]} counter @param {number[]} cipher */
function aesCtr(key, counter, cipher) {
  const keys = expandKey(key);
  /** @type {number[]} */
  let plain = [];
  for (let at = 0; at < cipher.length; at += 16) {
    const stream = encryptBlock(keys, counter.slice(0, 15).concat([at >> 4]));
    plain = plain.concat(cipher.slice(at, at + 16).map((byte, i) => byte ^ Number(stream[i])));
  }
  return plain;
}
