/**
 * Watteco TICs'O: labels of the customer port (TIC) of a French electricity meter, historique or standard.
 * Big-endian:
 *
 *   0  fctrl, 1 command (0A report, 8A report with alarm, 01 answer to a read, which has a status byte at 6)
 *   2  cluster u16: 0054 historique (CBE and Linky), 0056 standard (Linky)
 *   4  attribute u16;  6 type: 41, a byte string;  7 its length;  8 descriptor, then the values
 *
 * DESCRIPTOR: which labels follow, in the order of the tables below. Its first byte has the length (bits 4-0,
 * 0 = 8 bytes) and says whether the others are numbers of labels, a byte each (bit 5), or a bitmap whose last
 * byte has labels 0 to 7. A value has no length of its own: after a label of unknown type nothing can be read.
 * Bit 7 says that the TIC is not received and the values are old, nobody knows how old: they are no measurements
 * of now, so they stand in `last_known`.
 *
 * TIME. The standard TIC has DATE, wall clock with its season: H is UTC+1, E is UTC+2. In lower case the meter
 * says that its clock is not to be trusted, and the reception dates the values, as it does in historique.
 */

/** @typedef {{ at: number, frame: DataView }} Cursor */

/** @type {[string, string][]} Label 0 first: name with its unit, type. */
const HISTORIQUE = [
  ['ADIR1_A', 'u16'],
  ['ADIR2_A', 'u16'],
  ['ADIR3_A', 'u16'],
  ['ADCO', 'text'],
  ['OPTARIF', 'text'],
  ['ISOUSC_A', 'u8'],
  ['BASE_Wh', 'u32'],
  ['HCHC_Wh', 'u32'],
  ['HCHP_Wh', 'u32'],
  ['EJPHN_Wh', 'u32'],
  ['EJPHPM_Wh', 'u32'],
  ['BBRHCJB_Wh', 'u32'],
  ['BBRHPJB_Wh', 'u32'],
  ['BBRHCJW_Wh', 'u32'],
  ['BBRHPJW_Wh', 'u32'],
  ['BBRHCJR_Wh', 'u32'],
  ['BBRHPJR_Wh', 'u32'],
  ['PEJP_min', 'u8'],
  ['GAZ', 'u32'],
  ['AUTRE', 'u32'],
  ['PTEC', 'text'],
  ['DEMAIN', 'text'],
  ['IINST_A', 'u16'],
  ['IINST1_A', 'u16'],
  ['IINST2_A', 'u16'],
  ['IINST3_A', 'u16'],
  ['ADPS_A', 'u16'],
  ['IMAX_A', 'u16'],
  ['IMAX1_A', 'u16'],
  ['IMAX2_A', 'u16'],
  ['IMAX3_A', 'u16'],
  ['PMAX_W', 'u32'],
  ['PAPP_VA', 'u32'],
  ['HHPHC', 'character'],
  ['MOTDETAT', 'text'],
  ['PPOT', 'u8'],
];

/** @type {[string, string][]} */
const STANDARD = [
  ['ADSC', 'text'],
  ['VTIC', 'u8'],
  ['DATE', 'time'],
  ['NGTF', 'contract'],
  ['LTARF', 'tariff'],
  ['EAST_Wh', 'u32'],
  ['EASF01_Wh', 'u32'],
  ['EASF02_Wh', 'u32'],
  ['EASF03_Wh', 'u32'],
  ['EASF04_Wh', 'u32'],
  ['EASF05_Wh', 'u32'],
  ['EASF06_Wh', 'u32'],
  ['EASF07_Wh', 'u32'],
  ['EASF08_Wh', 'u32'],
  ['EASF09_Wh', 'u32'],
  ['EASF10_Wh', 'u32'],
  ['EASD01_Wh', 'u32'],
  ['EASD02_Wh', 'u32'],
  ['EASD03_Wh', 'u32'],
  ['EASD04_Wh', 'u32'],
  ['EAIT_Wh', 'u32'],
  ['ERQ1_varh', 'u32'],
  ['ERQ2_varh', 'u32'],
  ['ERQ3_varh', 'u32'],
  ['ERQ4_varh', 'u32'],
  ['IRMS1_A', 'u16'],
  ['IRMS2_A', 'u16'],
  ['IRMS3_A', 'u16'],
  ['URMS1_V', 'u16'],
  ['URMS2_V', 'u16'],
  ['URMS3_V', 'u16'],
  ['PREF_kVA', 'u8'],
  ['PCOUP_kVA', 'u8'],
  ['SINSTS_VA', 'u24'],
  ['SINSTS1_VA', 'u24'],
  ['SINSTS2_VA', 'u24'],
  ['SINSTS3_VA', 'u24'],
  ['SMAXSN_VA', 'time u24'],
  ['SMAXSN1_VA', 'time u24'],
  ['SMAXSN2_VA', 'time u24'],
  ['SMAXSN3_VA', 'time u24'],
  ['SMAXSN_yesterday_VA', 'time u24'],
  ['SMAXSN1_yesterday_VA', 'time u24'],
  ['SMAXSN2_yesterday_VA', 'time u24'],
  ['SMAXSN3_yesterday_VA', 'time u24'],
  ['SINSTI_VA', 'u24'],
  ['SMAXIN_VA', 'time u24'],
  ['SMAXIN_yesterday_VA', 'time u24'],
  ['CCASN_W', 'time u24'],
  ['CCASN_before_W', 'time u24'],
  ['CCAIN_W', 'time u24'],
  ['CCAIN_before_W', 'time u24'],
  ['UMOY1_V', 'time u16'],
  ['UMOY2_V', 'time u16'],
  ['UMOY3_V', 'time u16'],
  ['STGE', 'u32'],
  ['DPM1', 'time u8'],
  ['FPM1', 'time u8'],
  ['DPM2', 'time u8'],
  ['FPM2', 'time u8'],
  ['DPM3', 'time u8'],
  ['FPM3', 'time u8'],
  ['MSG1', 'text'],
  ['MSG2', 'text'],
  ['PRM', 'text'],
  ['RELAIS', 'u8'],
  ['NTARF', 'u8'],
  ['NJOURF', 'u8'],
  ['NJOURF_tomorrow', 'u8'],
];

/** Texts that the TICs'O sends as a number, from 0. */
const TARIFFS =
  '!?!|*|| ? |000|HC|HCD|HCE|HCH|HH|HH |HP|HP |HPD|HPE|HPH|JA|JA |P|P  |PM|PM |XXX|INDEX NON CONSO|BASE|HEURE CREUSE|HEURE PLEINE|HEURE NORMALE|HEURE POINTE|HC BLEU|BUHC|HP BLEU|BUHP|HC BLANC|BCHC|HP BLANC|BCHP|HC ROUGE|RHC|HP ROUGE|RHP|HEURE WEEK-END'.split(
    '|',
  );
const CONTRACTS =
  '!?!|*||BT 4 SUP36|BT 5 SUP36|HTA 5     |HTA 8     |TJ EJP    |TJ EJP-HH |TJ EJP-PM |TJ EJP-SD |TJ LU     |TJ LU-CH  |TJ LU-P   |TJ LU-PH  |TJ LU-SD  |TJ MU     |TV A5 BASE|TV A8 BASE|BASE|H PLEINE-CREUSE|HPHC|HC|HC et Week-End|EJP|PRODUCTEUR'.split(
    '|',
  );

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength < 6) return { errors: ['a frame has 6 bytes at least'] };
  if ((frame.getUint8(0) & 0x01) === 0) return { errors: ["a batch, which a TICs'O does not send"] };
  const command = frame.getUint8(1);
  if (command !== 0x0a && command !== 0x8a && command !== 0x01) {
    return { data: { frame: 'administration', command: command } };
  }
  const cluster = frame.getUint16(2);
  const valueAt = command === 0x01 ? 8 : 7;
  if (command === 0x01 && frame.byteLength > 6 && frame.getUint8(6) !== 0) {
    return { data: { frame: 'administration', command: command, status: frame.getUint8(6) } };
  }
  if (frame.byteLength <= valueAt) return { errors: ['the frame is cut off before its value'] };
  if (cluster === 0x0050 && frame.getUint16(4) === 0x0006) return decodePower(frame, valueAt);
  if (cluster === 0x0054) return decodeTic(frame, valueAt, 'historique', HISTORIQUE);
  if (cluster === 0x0056) return decodeTic(frame, valueAt, 'standard', STANDARD);
  const other = { 83: 'ICE', 85: 'CJE (jaune)', 87: 'PME-PMI' }[cluster];
  if (other !== undefined) return { errors: [`the TIC of a ${other} meter is not read by this profile`] };
  if (command === 0x01) return { data: { frame: 'administration', command: command } };
  return { errors: [`cluster ${hex16(cluster)} is not one of a TICs'O`] };
}

/**
 * @param {DataView} frame @param {number} lengthAt @param {string} kind @param {[string, string][]} labels
 * @returns {UplinkOutput}
 */
function decodeTic(frame, lengthAt, kind, labels) {
  if (frame.getUint8(lengthAt - 1) !== 0x41)
    return { errors: ['the value of a TIC is a byte string (type 41)'] };
  const start = lengthAt + 1;
  const end = start + frame.getUint8(lengthAt);
  if (end > frame.byteLength) {
    return { errors: [`${end - start} bytes are announced, ${frame.byteLength - start} are there: cut off`] };
  }
  const content = new DataView(frame.buffer, start, end - start);
  const descriptor = readDescriptor(content);
  if (descriptor.error !== undefined) return { errors: [descriptor.error] };

  /** @type {{ [name: string]: any }} */
  const values = {};
  const cursor = { at: descriptor.length, frame: content };
  for (let i = 0; i < descriptor.labels.length; i++) {
    const label = labels[Number(descriptor.labels[i])];
    if (label === undefined)
      return { errors: [`label ${descriptor.labels[i]} of a ${kind} TIC is not known`] };
    const value = readValue(cursor, label[1]);
    if (value === CUT_OFF) return { errors: [`the TIC is cut off at ${label[0]}`] };
    if (value !== undefined) values[label[0]] = value;
  }
  const data = { frame: kind, alarm: frame.getUint8(1) === 0x8a };
  if (descriptor.isObsolete) {
    return {
      data: Object.assign(data, { obsolete: true, last_known: values }),
      warnings: ["the TIC is not received: check the wire to the meter and that the meter's TIC is on"],
    };
  }
  if (values.DATE !== undefined && values.DATE.time !== undefined) values.time = values.DATE.time;
  return { data: Object.assign(data, values) };
}

/** @param {DataView} content @returns {{ length: number, labels: number[], isObsolete?: boolean, error?: string }} */
function readDescriptor(content) {
  /** @type {number[]} */
  const labels = [];
  if (content.byteLength === 0) return { length: 0, labels: labels, error: 'a TIC without a descriptor' };
  const header = content.getUint8(0);
  const length = header & 0x1f || 8;
  if (length > content.byteLength) return { length: 0, labels: labels, error: 'the descriptor is cut off' };
  for (let at = 1; at < length; at++) {
    if ((header & 0x20) !== 0) {
      labels.push(content.getUint8(at));
      continue;
    }
    const bits = content.getUint8(length - at);
    for (let bit = 0; bit < 8; bit++) if (((bits >> bit) & 1) !== 0) labels.push((at - 1) * 8 + bit);
  }
  return { length: length, labels: labels, isObsolete: (header & 0x80) !== 0 };
}

const CUT_OFF = {};

/** The value at the cursor, which moves behind it. @param {Cursor} cursor @param {string} type @returns {any} */
function readValue(cursor, type) {
  if (type.slice(0, 5) === 'time ') {
    const time = readTime(cursor);
    if (time === CUT_OFF) return CUT_OFF;
    const value = readValue(cursor, type.slice(5));
    if (value === CUT_OFF) return CUT_OFF;
    // A value of another moment that nothing dates is no measurement, so it gets another name.
    return Object.assign(time.time === undefined ? { undated: value } : { value: value }, time);
  }
  switch (type) {
    case 'u8':
      return readUnsigned(cursor, 1);
    case 'u16':
      return readUnsigned(cursor, 2);
    case 'u24':
      return readUnsigned(cursor, 3);
    case 'u32':
      return readUnsigned(cursor, 4);
    case 'character':
      return readText(cursor, 1);
    case 'text':
      return readTerminatedText(cursor);
    case 'time':
      return readTime(cursor);
    case 'tariff':
      return readEnumeration(cursor, TARIFFS);
    default:
      return readEnumeration(cursor, CONTRACTS);
  }
}

/** @param {Cursor} cursor @param {number} size @returns {any} */
function readUnsigned(cursor, size) {
  if (cursor.at + size > cursor.frame.byteLength) return CUT_OFF;
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + cursor.frame.getUint8(cursor.at + i);
  cursor.at += size;
  return value;
}

/** @param {Cursor} cursor @param {number} size @returns {any} */
function readText(cursor, size) {
  if (cursor.at + size > cursor.frame.byteLength) return CUT_OFF;
  let text = '';
  for (let i = 0; i < size; i++) text += String.fromCharCode(cursor.frame.getUint8(cursor.at + i));
  cursor.at += size;
  return text;
}

/** @param {Cursor} cursor @returns {any} */
function readTerminatedText(cursor) {
  for (let end = cursor.at; end < cursor.frame.byteLength; end++) {
    if (cursor.frame.getUint8(end) !== 0) continue;
    const text = readText(cursor, end - cursor.at);
    cursor.at += 1;
    return text;
  }
  return CUT_OFF;
}

/** A number of the list, or with bit 7 the length of a text that follows. @param {Cursor} cursor @param {string[]} texts @returns {any} */
function readEnumeration(cursor, texts) {
  const code = readUnsigned(cursor, 1);
  if (code === CUT_OFF) return CUT_OFF;
  if ((code & 0x80) !== 0) return readText(cursor, code & 0x7f);
  return texts[code] === undefined ? `number ${code}` : texts[code];
}

/**
 * Season (a character), then year, month, day, hour, minute, second, a byte each.
 *
 * @param {Cursor} cursor @returns {any}
 */
function readTime(cursor) {
  const season = readText(cursor, 1);
  const at = cursor.at;
  if (season === CUT_OFF || at + 6 > cursor.frame.byteLength) return CUT_OFF;
  cursor.at += 6;
  const part = (/** @type {number} */ i) => cursor.frame.getUint8(at + i);
  const local = `20${two(part(0))}-${two(part(1))}-${two(part(2))}T${two(part(3))}:${two(part(4))}:${two(part(5))}`;
  const utcOffset_h = season === 'E' ? 2 : season === 'H' ? 1 : NaN;
  const utc = Date.parse(`${local}Z`) / 1000 - utcOffset_h * 3600;
  return Number.isFinite(utc)
    ? { season: season, local: local, time: utc }
    : { season: season, local: local };
}

/** @param {DataView} frame @param {number} lengthAt @returns {UplinkOutput} */
function decodePower(frame, lengthAt) {
  if (lengthAt + 3 > frame.byteLength) return { errors: ['the power sources are cut off'] };
  // Mode, one bit a source that is there, a voltage for each in the order of the bits, source in use.
  const sources = frame.getUint8(lengthAt + 2);
  const names = ['external_mV', 'rechargeable_battery_mV', 'battery_mV', 'solar_mV', 'tic_mV'];
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'power' };
  let at = lengthAt + 3;
  for (let bit = 0; bit < names.length; bit++) {
    if (((sources >> bit) & 1) === 0) continue;
    if (at + 2 > frame.byteLength) return { errors: ['the power sources are cut off'] };
    data[String(names[bit])] = frame.getUint16(at);
    at += 2;
  }
  return { data: data };
}

/** @param {number} value */
function two(value) {
  return value < 10 ? `0${value}` : `${value}`;
}

/** @param {number} value */
function hex16(value) {
  return `000${value.toString(16)}`.slice(-4);
}
