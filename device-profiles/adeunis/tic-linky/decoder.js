/**
 * Adeunis TIC on a single-phase Linky or CBE meter whose TIC speaks "historique", with the maker's
 * configuration for it. Big-endian; frame code, status byte, content:
 *
 *   49  data, 50 bytes: ADCO 2-13, OPTARIF 14-17, BASE 18, ISOUSC 22, IINST 26, IMAX 30, PAPP 34,
 *       HCHC 38, HCHP 42 (u32 each, 80000000 = not in the TIC), PTEC 46-49
 *   4a  alarm on a label: label 2-11, what happened u8, its value as text from 13
 *   10  configuration;  20  network configuration;  30  still alive
 *
 * STATUS BYTE. Bits 7 to 5 frame counter, 4 the TIC could not be read, 3 configuration inconsistent,
 * 1 low battery, 0 configuration done.
 *
 * ADCO is the meter's address and says whose meter it is: it stays in `data` and is no measurement.
 */

const ABSENT = 0x80000000;

/** @param {UplinkInput} input @returns {UplinkOutput} */
function decodeUplink(input) {
  const frame = new DataView(new Uint8Array(input.bytes).buffer);
  if (frame.byteLength < 2) return { errors: ['a frame has a code and a status byte at least'] };
  const status = frame.getUint8(1);
  /** @type {{ [name: string]: any }} */
  const data = {
    status: {
      frame_counter: status >> 5,
      read_error: (status & 0x10) !== 0,
      configuration_inconsistent: (status & 0x08) !== 0,
      low_battery: (status & 0x02) !== 0,
      configuration_done: (status & 0x01) !== 0,
    },
  };
  switch (frame.getUint8(0)) {
    case 0x49:
      return decodeTic(frame, data);
    case 0x4a:
      return decodeAlarm(frame, data);
    case 0x10:
      return decodeConfiguration(frame, data);
    case 0x20:
    case 0x30:
      data.frame = frame.getUint8(0) === 0x30 ? 'alive' : 'administration';
      return { data: data };
    default:
      return { errors: [`frame code 0x${frame.getUint8(0).toString(16)} is not one of a TIC`] };
  }
}

/** @param {DataView} frame @param {{ [name: string]: any }} data @returns {UplinkOutput} */
function decodeTic(frame, data) {
  if (frame.byteLength !== 50) return { errors: [`a data frame has 50 bytes, not ${frame.byteLength}`] };
  // The three-phase layout has the same code and length, and numbers where labels stand here.
  if (!isText(frame, 2, 14) || !isText(frame, 14, 18) || !isText(frame, 46, 50)) {
    return { errors: ['ADCO, OPTARIF or PTEC is no text: not the layout of a single-phase historique TIC'] };
  }
  data.frame = 'tic';
  label(data, 'ADCO', text(frame, 2, 14));
  label(data, 'OPTARIF', text(frame, 14, 18));
  number(data, 'BASE_Wh', frame.getUint32(18));
  number(data, 'ISOUSC_A', frame.getUint32(22));
  number(data, 'IINST_A', frame.getUint32(26));
  number(data, 'IMAX_A', frame.getUint32(30));
  number(data, 'PAPP_VA', frame.getUint32(34));
  number(data, 'HCHC_Wh', frame.getUint32(38));
  number(data, 'HCHP_Wh', frame.getUint32(42));
  label(data, 'PTEC', text(frame, 46, 50));
  return { data: data };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data @returns {UplinkOutput} */
function decodeAlarm(frame, data) {
  if (frame.byteLength < 13) return { errors: ['an alarm frame has 13 bytes at least'] };
  const happened = [
    'manual',
    'label_appeared',
    'label_disappeared',
    'above_threshold',
    'below_threshold',
    'back_to_normal',
    'rose',
    'fell',
  ];
  data.frame = 'alarm';
  data.alarm = {
    label: text(frame, 2, 12),
    kind: happened[frame.getUint8(12)] || 'unknown',
    value: text(frame, 13, frame.byteLength),
  };
  return { data: data };
}

/** @param {DataView} frame @param {{ [name: string]: any }} data @returns {UplinkOutput} */
function decodeConfiguration(frame, data) {
  if (frame.byteLength < 8) return { errors: ['a configuration frame has 8 bytes at least'] };
  // In test mode the device counts in units of 20 s, so that nobody waits a day for a frame.
  const isTest = frame.getUint8(5) === 2;
  data.frame = 'configuration';
  data.product_mode = ['park', 'production', 'test', 'dead'][frame.getUint8(5)] || 'unknown';
  data.alive_period_s = frame.getUint8(2) * (isTest ? 20 : 600);
  data.sampling_period_s = frame.getUint16(6) * (isTest ? 20 : 60);
  data.samples_per_report = frame.getUint16(3);
  return { data: data };
}

/** @param {{ [name: string]: any }} data @param {string} name @param {number} value */
function number(data, name, value) {
  if (value !== ABSENT) data[name] = value;
}

/** @param {{ [name: string]: any }} data @param {string} name @param {string} value */
function label(data, name, value) {
  if (value !== '') data[name] = value;
}

/** @param {DataView} frame @param {number} from @param {number} to */
function text(frame, from, to) {
  let characters = '';
  for (let at = from; at < to; at++) {
    if (frame.getUint8(at) !== 0) characters += String.fromCharCode(frame.getUint8(at));
  }
  return characters;
}

/** Printable ASCII, or zeros where the label is not in the TIC. @param {DataView} frame @param {number} from @param {number} to */
function isText(frame, from, to) {
  for (let at = from; at < to; at++) {
    const byte = frame.getUint8(at);
    if (byte !== 0 && (byte < 0x20 || byte > 0x7e)) return false;
  }
  return true;
}
