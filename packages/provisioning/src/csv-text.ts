import { VeilleurError } from '@veilleur/domain';

/** A file's text as it comes: bytes, texts, or all of it at once. */
export type CsvInput = string | Uint8Array | AsyncIterable<string | Uint8Array>;

export type Delimiter = ',' | ';' | '\t';

/** Far more than any header; a "first line" beyond it is no CSV. */
const LONGEST_HEADER = 64 * 1024;

/**
 * The text of a CSV file without its byte order mark, and what parts its cells: told from the first
 * line, where French spreadsheets write `;` and English ones `,`.
 *
 * @throws VeilleurError `csv_invalid`: UTF-16, or no line within 64 KiB.
 */
export async function openCsv(
  input: CsvInput,
): Promise<{ delimiter: Delimiter; text: AsyncIterable<string> }> {
  const pieces = decoded(input);
  let head = '';
  while (!/[\r\n]/.test(head)) {
    const next = await pieces.next();
    if (next.done === true) break;
    head += next.value;
    if (head.length > LONGEST_HEADER && !/[\r\n]/.test(head)) {
      throw new VeilleurError('csv_invalid', 'The first 64 KiB have no line break', {
        remedy: 'Give a CSV file whose first line names the columns.',
      });
    }
  }
  const firstLine = head.split(/[\r\n]/, 1)[0] ?? '';
  return {
    delimiter: delimiterOf(firstLine),
    text: (async function* () {
      yield head;
      yield* pieces;
    })(),
  };
}

function delimiterOf(firstLine: string): Delimiter {
  const unquoted = firstLine.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: string) => unquoted.split(delimiter).length;
  const candidates: readonly Delimiter[] = [';', ',', '\t'];
  return candidates.reduce((best, next) => (count(next) > count(best) ? next : best));
}

/**
 * Decodes as UTF-8, without the mark. What is no UTF-8 (Excel's plain "CSV" is Windows-1252) becomes
 * U+FFFD, and is refused on the line where it stands.
 */
async function* decoded(input: CsvInput): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8');
  let first = true;
  for await (const piece of piecesOf(input)) {
    if (first && typeof piece !== 'string') refuseUtf16(piece);
    if (piece.length === 0) continue;
    const text = typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true });
    yield first && typeof piece === 'string' ? text.replace(/^\uFEFF/, '') : text;
    first = false;
  }
  yield decoder.decode();
}

async function* piecesOf(input: CsvInput): AsyncGenerator<string | Uint8Array, void, undefined> {
  if (typeof input === 'string' || input instanceof Uint8Array) yield input;
  else yield* input;
}

function refuseUtf16(bytes: Uint8Array): void {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new VeilleurError('csv_invalid', 'The file is UTF-16', {
      remedy: 'Save it as UTF-8 ("CSV UTF-8" in Excel, not "Unicode text").',
    });
  }
}
