import { type ByteMeter, type ByteStream, chunksOf, type SourceOptions } from './source.ts';

/** `auto` takes a line that is no UTF-8 for Windows-1252, as spreadsheets of France write it. */
export type TextEncoding = 'utf-8' | 'latin1' | 'auto';

export interface Line {
  /** 1 is the first. */
  readonly number: number;
  /** Without its line break and byte order mark. Empty when `damage` says why. */
  readonly text: string;
  readonly damage: 'not_utf8' | 'too_long' | null;
}

/** No operator's line comes near: SGE's longest, the tariff calendar, has 1,518 characters. */
const LONGEST_LINE = 64 * 1024;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * The lines of a source, each decoded by itself: what is wrong with one costs no other. (csv-parse over
 * the whole stream was not taken: one stray quotation mark swallows every line after it.) A line beyond
 * 64 KiB is passed over, so memory stays bounded. Before a line is given, `meter` stands at its end.
 */
export async function* linesOf(
  stream: ByteStream,
  meter: ByteMeter,
  options: SourceOptions & { readonly encoding?: TextEncoding },
): AsyncGenerator<Line> {
  const decode = decoderOf(options.encoding ?? 'utf-8');
  let number = 0;
  let rest: Uint8Array[] = [];
  let restLength = 0;
  let tooLong = false;

  const take = (): Line => {
    number += 1;
    const bytes = rest.length === 1 && rest[0] !== undefined ? rest[0] : Buffer.concat(rest);
    const line: Line = tooLong ? { number, text: '', damage: 'too_long' } : decode(bytes, number);
    rest = [];
    restLength = 0;
    tooLong = false;
    return line;
  };
  const keep = (part: Uint8Array) => {
    restLength += part.length;
    if (restLength > LONGEST_LINE) {
      tooLong = true;
      rest = [];
    } else if (part.length > 0) rest.push(part);
  };

  for await (const chunk of chunksOf(stream, options)) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, at));
      meter.take(chunk.subarray(from, at + 1));
      from = at + 1;
      yield take();
    }
    keep(chunk.subarray(from));
    meter.take(chunk.subarray(from));
  }
  if (restLength > 0) yield take();
}

function decoderOf(encoding: TextEncoding): (bytes: Uint8Array, number: number) => Line {
  // The web's latin1 is Windows-1252, which is what French spreadsheets write.
  const windows = new TextDecoder('windows-1252');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  return (bytes, number) => {
    const text = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    if (encoding === 'latin1') return { number, text: windows.decode(text), damage: null };
    try {
      return { number, text: utf8.decode(text), damage: null };
    } catch {
      if (encoding === 'auto') return { number, text: windows.decode(text), damage: null };
      return { number, text: '', damage: 'not_utf8' };
    }
  };
}
