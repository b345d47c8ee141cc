/**
 * Watteco Pulse Sens'O: three pulse inputs. Two kinds of frames, told apart by bit 0 of the first byte.
 *
 * STANDARD (bit 0 set), big-endian:
 *
 *   0  fctrl: input less 1, as bits 2-0 in bits 7-5 and bits 4-3 in bits 2-1
 *   1  command: 0A report, 8A report with alarm, 01 answer to a read, which has a status byte at 6
 *   2  cluster u16, attribute u16, type u8, value; behind it the cause of the report, which is not read
 *
 *   cluster 000F, attribute 0402 pulses u32, attribute 0055 state of the input;  cluster 8005 all states in
 *   a bitmap u16, bit 0 = input 1;  cluster 0050, attribute 0006 power sources and their voltages
 *
 * BATCH (bit 0 clear): readings of several moments, compressed; bits least significant first. Below.
 */

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  if (input.bytes.length < 2) return { errors: ['a frame has 2 bytes at least'] };
  if ((Number(input.bytes[0]) & 0x01) !== 0) {
    return decodeReport(new DataView(new Uint8Array(input.bytes).buffer));
  }
  try {
    return decodeBatch(input.bytes, Number(input.recvTime) / 1000);
  } catch (thrown) {
    if (!(thrown instanceof BatchError)) throw thrown;
    return { errors: [thrown.message] };
  }
}

/** @param {DataView} frame @returns {UplinkOutput} */
function decodeReport(frame) {
  const command = frame.getUint8(1);
  if (command !== 0x0a && command !== 0x8a && command !== 0x01) {
    return { data: { frame: 'administration', command: command } };
  }
  if (frame.byteLength < 7) return { errors: ['a report has 7 bytes at least'] };
  if (command === 0x01 && frame.getUint8(6) !== 0) {
    return { data: { frame: 'administration', command: command, status: frame.getUint8(6) } };
  }
  const valueAt = command === 0x01 ? 8 : 7;
  const input = 1 + (frame.getUint8(0) >> 5) + ((frame.getUint8(0) & 0x06) << 2);
  const key = frame.getUint16(2) * 65536 + frame.getUint16(4);
  const length = { 984066: 4, 983125: 1, 2147811328: 2, 5242886: 3 }[key];
  if (length === undefined) {
    if (command === 0x01) return { data: { frame: 'administration', command: command } };
    const cluster = `000${frame.getUint16(2).toString(16)}`.slice(-4);
    return { errors: [`cluster ${cluster} is not one of a Pulse Sens'O`] };
  }
  if (frame.byteLength < valueAt + length) return { errors: ['the value of the report is cut off'] };
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'report', alarm: command === 0x8a };
  switch (key) {
    case 0x80050000: {
      const states = frame.getUint16(valueAt);
      for (let i = 0; i < 3; i++) data[`input_${i + 1}`] = { state: ((states >> i) & 1) !== 0 };
      return { data: data };
    }
    case 0x00500006:
      return withVoltages(frame, valueAt, data);
    default:
      if (input > 3) return { errors: [`input ${input} of a device that has three`] };
      data[`input_${input}`] =
        length === 4 ? { pulses: frame.getUint32(valueAt) } : { state: frame.getUint8(valueAt) !== 0 };
      return { data: data };
  }
}

/** Length, mode, one bit a source, a voltage for each, source in use. @param {DataView} frame @param {number} at @param {{ [name: string]: any }} data @returns {UplinkOutput} */
function withVoltages(frame, at, data) {
  const sources = frame.getUint8(at + 2);
  const names = ['external_mV', 'rechargeable_battery_mV', 'battery_mV', 'solar_mV', 'tic_mV'];
  let next = at + 3;
  for (let bit = 0; bit < names.length; bit++) {
    if (((sources >> bit) & 1) === 0) continue;
    if (next + 2 > frame.byteLength) return { errors: ['the power sources are cut off'] };
    data[String(names[bit])] = frame.getUint16(next);
    next += 2;
  }
  return { data: data };
}

/*
 * A batch: header of 8 bits (7-4 number of series, 2 no samples, 1 common times), counter of 3 bits, 1 bit;
 * for each series its label (4 bits), time of its first reading, the reading, coding (2 bits) and code table
 * (2 bits); the further readings; time of the sending. Times are seconds of the device's own clock: the
 * reception is the sending, so each reading is as old as the two differ.
 *
 * A difference is a class, in one of three prefix codes, and as many bits as the class says. Class 0 is no
 * difference, class 15 says that the number itself follows.
 */

/** Labels of the series: where they go, width of a full number, what one step is. @type {[string, number, number][]} */
const SERIES = [
  ['input_1.pulses', 32, 1],
  ['input_2.pulses', 32, 1],
  ['input_3.pulses', 32, 1],
  ['input_1.state', 1, 1],
  ['input_2.state', 1, 1],
  ['input_3.state', 1, 1],
  ['battery_mV', 16, 100],
  ['multi_state', 16, 1],
];

/** Codes of the classes 0 to 15, three tables. */
const CODES = [
  '00 01 11 101 1001 10001 100001 1000001 10000001 1000000000 10000000010 10000000011 10000000100 10000000101 10000000110 10000000111',
  '1101111 11010 1100 011 111 10 00 010 110110 110111011 110111001 1101110101 1101110100 1101110000 11011100011 11011100010',
  '1001 101 00 01 11 10001 100001 1000001 10000001 1000000000 10000000010 10000000011 10000000100 10000000101 10000000110 10000000111',
].map((table) => table.split(' '));
const TIME_CODES = 1;
const FULL_NUMBER = 15;

class BatchError extends Error {}

class BitReader {
  /** @param {number[]} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  bit() {
    const byte = this.bytes[this.at >> 3];
    if (byte === undefined) throw new BatchError('the batch is cut off');
    const bit = (byte >> (this.at & 7)) & 1;
    this.at += 1;
    return bit;
  }

  /** Whole bytes come highest first, what is over before them; within each the lowest bit first. @param {number} width */
  number(width) {
    let value = 0;
    for (let left = width; left > 0; ) {
      const part = left % 8 === 0 ? 8 : left % 8;
      let byte = 0;
      for (let i = 0; i < part; i++) byte += this.bit() << i;
      value = value * 256 + byte;
      left -= part;
    }
    return value;
  }

  /** A class in the prefix code of a table. @param {number} table */
  code(table) {
    const codes = CODES[table];
    if (codes === undefined) throw new BatchError(`code table ${table} is not known`);
    let read = '';
    while (read.length < 11) {
      read += this.bit();
      const found = codes.indexOf(read);
      if (found >= 0) return found;
    }
    throw new BatchError('a code that is in no table');
  }

  /** A time that is not before another. @param {number} table @param {number} before_s */
  time(table, before_s) {
    const size = this.code(table);
    if (size === FULL_NUMBER) return this.number(32);
    return size === 0 ? before_s : before_s + this.number(size) + 2 ** size - 1;
  }
}

/** @typedef {{ name: string, width: number, step: number, coding: number, table: number, readings: { at_s: number, value: number }[] }} Series */

/** @param {number[]} bytes @param {number} received_s @returns {UplinkOutput} */
function decodeBatch(bytes, received_s) {
  const bits = new BitReader(bytes);
  const header = bits.number(8);
  const counter = bits.number(3);
  bits.bit();
  /** @type {Series[]} */
  const all = [];
  let last_s = 0;
  for (let i = 0; i < header >> 4; i++) {
    const series = seriesOf(bits.number(4));
    // The first time, and any after a time of zero, is given in full.
    last_s = last_s === 0 ? bits.number(32) : bits.time(TIME_CODES, last_s);
    series.readings.push({ at_s: last_s, value: bits.number(series.width) });
    if ((header & 0x04) === 0) {
      series.coding = bits.number(2);
      series.table = bits.number(2);
    }
    all.push(series);
  }
  if ((header & 0x04) === 0) {
    last_s = (header & 0x02) !== 0 ? readCommon(bits, all) : readSeparate(bits, all, last_s);
  }
  const sent_s = last_s === 0 ? bits.number(32) : bits.time(TIME_CODES, last_s);
  return { data: batchData(counter, all, received_s, sent_s) };
}

/** @param {number} label @returns {Series} */
function seriesOf(label) {
  const meaning = SERIES[label];
  if (meaning === undefined) throw new BatchError(`series ${label} of a batch is not one of a Pulse Sens'O`);
  return { name: meaning[0], width: meaning[1], step: meaning[2], coding: 0, table: 0, readings: [] };
}

/** @param {BitReader} bits @param {Series[]} all @returns {Series} */
function nextSeries(bits, all) {
  const name = seriesOf(bits.number(4)).name;
  for (let i = 0; i < all.length; i++) {
    const series = all[i];
    if (series !== undefined && series.name === name) return series;
  }
  throw new BatchError(`readings of ${name}, which the batch did not announce`);
}

/** All series share a list of times; a bit says whether a series has a reading then. @param {BitReader} bits @param {Series[]} all */
function readCommon(bits, all) {
  const count = bits.number(8);
  const table = bits.number(2);
  /** @type {number[]} */
  const times = [];
  let time_s = all[0] === undefined ? 0 : Number((all[0].readings[0] || { at_s: 0 }).at_s);
  for (let i = 0; i < count; i++) {
    // The first of the list is the first reading's: its class stands there without bits.
    if (i > 0) time_s = bits.time(table, time_s);
    else if (bits.code(table) === FULL_NUMBER) time_s = bits.number(32);
    times.push(time_s);
  }
  for (let s = 0; s < all.length; s++) {
    const series = nextSeries(bits, all);
    let isFirst = true;
    for (let i = 0; i < count; i++) {
      if (bits.bit() === 0) continue;
      const size = bits.code(series.table);
      const value = nextNumber(bits, series, size);
      // The first reading stands in the header; here it comes again, as no difference.
      if (size !== 0 || !isFirst) series.readings.push({ at_s: Number(times[i]), value: value });
      if (size === 0) isFirst = false;
    }
  }
  return time_s;
}

/** Each series has times of its own. @param {BitReader} bits @param {Series[]} all @param {number} last_s */
function readSeparate(bits, all, last_s) {
  let newest_s = last_s;
  for (let s = 0; s < all.length; s++) {
    const series = nextSeries(bits, all);
    const count = bits.number(8);
    if (count === 0) continue;
    const table = bits.number(2);
    for (let i = 0; i < count; i++) {
      const before = series.readings[series.readings.length - 1] || { at_s: 0, value: 0 };
      const at_s = bits.time(table, before.at_s);
      const value = nextNumber(bits, series, bits.code(series.table));
      series.readings.push({ at_s: at_s, value: value });
      if (at_s > newest_s) newest_s = at_s;
    }
  }
  return newest_s;
}

/** @param {BitReader} bits @param {Series} series @param {number} size */
function nextNumber(bits, series, size) {
  const before = (series.readings[series.readings.length - 1] || { value: 0 }).value;
  if (size === FULL_NUMBER) return bits.number(series.width);
  if (size === 0) return before;
  const code = bits.number(size);
  const first = 2 ** size - 1;
  // Coding 0: both signs, the lower half being negative. Coding 1: only up. Coding 2: only down.
  if (series.coding === 1) return before + (code + first) * series.step;
  if (series.coding === 2) return before - (code + first) * series.step;
  return before + (code >= 2 ** (size - 1) ? code : code - first) * series.step;
}

/** @param {number} counter @param {Series[]} all @param {number} received_s @param {number} sent_s */
function batchData(counter, all, received_s, sent_s) {
  /** @type {{ [name: string]: any }} */
  const data = { frame: 'batch', batch_counter: counter };
  for (let i = 0; i < all.length; i++) {
    const series = all[i];
    if (series === undefined) continue;
    const [parent, field] = series.name.split('.');
    const history = series.readings.map((reading) => {
      const isState = field === 'state';
      /** @type {{ [name: string]: any }} */
      const sample = { [String(field || parent)]: isState ? reading.value !== 0 : reading.value };
      if (Number.isFinite(received_s)) sample.time = Math.round(received_s) - (sent_s - reading.at_s);
      return sample;
    });
    const holder = field === undefined ? data : data[String(parent)] || {};
    holder[field === undefined ? `${parent}_history` : `${field}_history`] = history;
    if (field !== undefined) data[String(parent)] = holder;
  }
  return data;
}
