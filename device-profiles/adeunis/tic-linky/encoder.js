/**
 * The inverse of decodeUplink for the data frame (49). A field that is not given is absent.
 *
 * @param {any} data @returns {EncodedUplink}
 */
function encodeUplink(data) {
  const status = data.status || {};
  /** @type {number[]} */
  const bytes = [
    0x49,
    ((status.frame_counter || 0) << 5) |
      (status.read_error ? 0x10 : 0) |
      (status.configuration_inconsistent ? 0x08 : 0) |
      (status.low_battery ? 0x02 : 0) |
      (status.configuration_done ? 0x01 : 0),
  ];
  pushText(bytes, 12, data.ADCO);
  pushText(bytes, 4, data.OPTARIF);
  pushNumber(bytes, 'BASE_Wh', data.BASE_Wh);
  pushNumber(bytes, 'ISOUSC_A', data.ISOUSC_A);
  pushNumber(bytes, 'IINST_A', data.IINST_A);
  pushNumber(bytes, 'IMAX_A', data.IMAX_A);
  pushNumber(bytes, 'PAPP_VA', data.PAPP_VA);
  pushNumber(bytes, 'HCHC_Wh', data.HCHC_Wh);
  pushNumber(bytes, 'HCHP_Wh', data.HCHP_Wh);
  pushText(bytes, 4, data.PTEC);
  return { bytes: bytes, fPort: 1 };
}

/** @param {number[]} bytes @param {string} name @param {number | undefined} value */
function pushNumber(bytes, name, value) {
  const number = value === undefined ? 0x80000000 : value;
  // The absent mark can't be sent as a value, and historique indexes end at 999999999 anyway.
  if (!Number.isInteger(number) || number < 0 || number > 0xffffffff || value === 0x80000000) {
    throw new RangeError(`${name} is ${value}, which does not fit`);
  }
  bytes.push(number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff);
}

/** @param {number[]} bytes @param {number} width @param {string | undefined} value */
function pushText(bytes, width, value) {
  const text = value || '';
  if (text.length > width) throw new RangeError(`"${text}" is longer than ${width} characters`);
  for (let i = 0; i < width; i++) bytes.push(i < text.length ? text.charCodeAt(i) : 0);
}
