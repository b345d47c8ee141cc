import { cellsOf, delimiterOf, plain } from './cells.ts';

export type OperatorFormat =
  | 'enedis-csv'
  | 'enedis-data-connect'
  | 'grdf-json'
  | 'grdf-adict'
  | 'grdf-excel'
  | 'water-csv';

/** What a file is by its beginning; `says` tells it, or why it is none, in plain words. */
export type Recognised =
  | { readonly format: OperatorFormat; readonly says: string; readonly columns?: readonly string[] }
  | { readonly format: null; readonly says: string };

/** Recognises an operator's file by its first bytes; 4 KiB are plenty. */
export function recogniseOperatorFile(head: Buffer): Recognised {
  if (head.length === 0) return { format: null, says: 'The file is empty.' };
  if (head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) {
    return {
      format: 'grdf-excel',
      says: "An Excel workbook: read as GRDF's daily export, the only workbook that is known.",
    };
  }
  if (head.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
    return { format: null, says: 'An old Excel file (.xls). Save it as .xlsx, or download it again.' };
  }
  if (head.subarray(0, 4).equals(Buffer.from('%PDF'))) {
    return { format: null, says: 'A PDF. Ask the operator for the data itself: CSV, Excel or JSON.' };
  }
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    return {
      format: null,
      says: 'A text in UTF-16. Save it as UTF-8 ("CSV UTF-8" in Excel, not "Unicode text").',
    };
  }
  if (head.includes(0))
    return {
      format: null,
      says: 'A binary file of no kind that is known here. If it is compressed or encrypted, unpack it first.',
    };
  const text = textOf(head);
  return isJson(text) ? jsonFormat(text) : tableFormat(text);
}

const textOf = (head: Buffer) =>
  head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
const isJson = (text: string) => /^[[{]/.test(text);

/**
 * The same where somebody says whose file it is: a beginning that tells nothing (a title above the header, a
 * heading that a spreadsheet changed) is taken at his word, one that tells another operator's is not.
 */
export function recogniseFileOf(operator: 'enedis' | 'grdf' | 'water', head: Buffer): Recognised {
  const recognised = recogniseOperatorFile(head);
  const { format, says } = recognised;
  if (format?.startsWith(operator)) return recognised;
  const isOfOther = format !== null && format !== 'water-csv';
  const text = textOf(head);
  const isText = head.length > 0 && !head.includes(0) && !/^(%PDF|<)/.test(text);
  if (isOfOther || !isText) return { format: null, says };
  const only = isJson(text)
    ? ({ enedis: 'enedis-data-connect', grdf: 'grdf-json', water: null } as const)
    : ({ enedis: 'enedis-csv', grdf: null, water: 'water-csv' } as const);
  return { format: only[operator], says };
}

function jsonFormat(text: string): Recognised {
  if (/"(interval_reading|meter_reading)"/.test(text))
    return { format: 'enedis-data-connect', says: 'An answer of Enedis Data Connect v5.' };
  if (/"idPrm"/.test(text) || /"grandeurMetier"/.test(text)) {
    return { format: 'enedis-data-connect', says: 'An answer of Enedis Data Connect 2026.' };
  }
  if (/"id_pce"/.test(text))
    return { format: 'grdf-adict', says: "An answer of GRDF's ADICT API, one JSON document a line." };
  if (/"releves"|"idPce"|"journeeGaziere"/.test(text))
    return { format: 'grdf-json', says: "GRDF's JSON of readings." };
  return {
    format: null,
    says: 'A JSON document that is neither Enedis Data Connect nor GRDF: no key of theirs is in its beginning.',
  };
}

function tableFormat(text: string): Recognised {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const [first = ''] = lines;
  if (/^<(\?xml|!doctype|html)/i.test(first)) {
    return {
      format: null,
      says: 'A web page or XML. If it was downloaded from the operator, the session had ended: log in and try again.',
    };
  }
  if (plain(first).startsWith('identifiant prm;type de donnees')) {
    return { format: 'enedis-csv', says: 'An Enedis SGE export (CSV, sections under each other).' };
  }
  const delimiter = delimiterOf(first);
  const columns = cellsOf(first, delimiter) ?? [];
  if (columns.length < 3) {
    return {
      format: null,
      says: `A text whose first line has ${columns.length} columns, where a table of readings has at least 3.`,
    };
  }
  return {
    format: 'water-csv',
    columns,
    says: `A table of ${columns.length} columns (${columns.slice(0, 8).join(', ')}). It needs a column mapping that says which one is the contract, the date and the index.`,
  };
}
