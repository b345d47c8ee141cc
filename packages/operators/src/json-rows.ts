import { type ByteMeter, type ByteStream, chunksOf, type SourceOptions } from './source.ts';

/** What a JSON document gives as it streams by. */
export type JsonEvent =
  /** An element of one of the named arrays: its text, and what the objects around it have said so far. */
  | {
      readonly kind: 'row';
      readonly line: number;
      readonly text: string;
      readonly around: Scalars;
      readonly depth: number;
    }
  /** An object has ended that held such an array: `around` is now all that it says. */
  | { readonly kind: 'close'; readonly line: number; readonly around: Scalars; readonly depth: number }
  | { readonly kind: 'broken'; readonly line: number; readonly reason: string };

/** Texts, numbers and so on by their path: `meter_reading.usage_point_id`, `reading_type.unit`. */
export type Scalars = ReadonlyMap<string, unknown>;

const LONGEST_ROW = 64 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;

interface Frame {
  readonly list: boolean;
  /** The key under which this frame stands in its parent. */
  readonly key: string;
  readonly scalars: Map<string, unknown>;
  /** This list's elements are rows. */
  readonly rows: boolean;
  held: boolean;
}

/**
 * Streams the flat objects of the arrays that `arrays` names, wherever they stand in a document of any
 * size. Rows are flat in every operator's format: that is why a brace that is missing or a quotation mark
 * that is not closed on its line costs one row, and the scanner finds the next. Before a row is given,
 * `meter` stands at its end.
 */
export async function* jsonRows(
  stream: ByteStream,
  meter: ByteMeter,
  arrays: ReadonlySet<string>,
  options: SourceOptions,
): AsyncGenerator<JsonEvent> {
  const scanner = new JsonScanner(arrays);
  for await (const chunk of chunksOf(stream, options)) {
    let taken = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const event = scanner.take(chunk[at] ?? 0);
      if (event === null) continue;
      meter.take(chunk.subarray(taken, at + 1));
      taken = at + 1;
      yield event;
    }
    meter.take(chunk.subarray(taken));
  }
  const last = scanner.end();
  if (last !== null) yield last;
}

class JsonScanner {
  readonly #arrays: ReadonlySet<string>;
  readonly #frames: Frame[] = [];
  #line = 1;
  #inText = false;
  #escaped = false;
  #token: number[] = [];
  #key: string | null = null;
  #row: number[] | null = null;
  #rowLine = 1;

  constructor(arrays: ReadonlySet<string>) {
    this.#arrays = arrays;
  }

  take(byte: number): JsonEvent | null {
    if (byte === NEWLINE) this.#line += 1;
    return this.#row === null ? this.#outside(byte) : this.#inside(byte, this.#row);
  }

  end(): JsonEvent | null {
    if (this.#row === null && this.#frames.length === 0) return null;
    return { kind: 'broken', line: this.#line, reason: 'the document ends before its last bracket' };
  }

  #inside(byte: number, row: number[]): JsonEvent | null {
    if (this.#inText) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE || byte === NEWLINE) this.#inText = false;
    } else if (byte === QUOTE) this.#inText = true;
    else if (byte === OPEN) {
      // A new row before the end of this one: this one's brace is missing.
      const event = this.#rowEvent(row);
      this.#row = [byte];
      this.#rowLine = this.#line;
      return event;
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (byte === CLOSE) row.push(byte);
      const event = this.#rowEvent(row);
      this.#row = null;
      if (byte === CLOSE_LIST) this.#frames.pop();
      return event;
    }
    if (row.length < LONGEST_ROW) row.push(byte);
    return null;
  }

  #rowEvent(row: readonly number[]): JsonEvent {
    const text = Buffer.from(row).toString('utf8');
    return { kind: 'row', line: this.#rowLine, text, around: this.#around(), depth: this.#frames.length };
  }

  #outside(byte: number): JsonEvent | null {
    if (this.#inText) {
      if (this.#token.length < LONGEST_ROW) this.#token.push(byte);
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE || byte === NEWLINE) this.#inText = false;
      return null;
    }
    switch (byte) {
      case QUOTE:
        this.#inText = true;
        this.#token.push(byte);
        return null;
      case OPEN:
      case OPEN_LIST:
        return this.#open(byte === OPEN_LIST);
      case CLOSE:
      case CLOSE_LIST:
        return this.#close(byte === CLOSE_LIST);
      case COLON: {
        const key = this.#scalar();
        this.#key = typeof key === 'string' ? key : null;
        return null;
      }
      case COMMA:
        this.#keep();
        return null;
      default:
        if (byte > 0x20 && this.#token.length < LONGEST_ROW) this.#token.push(byte);
        return null;
    }
  }

  #open(list: boolean): null {
    const top = this.#frames.at(-1);
    if (!list && top?.rows === true) {
      this.#row = [OPEN];
      this.#rowLine = this.#line;
    } else {
      const key = this.#key ?? '';
      const rows = list && this.#arrays.has(key);
      if (rows) for (const frame of this.#frames) frame.held = true;
      this.#frames.push({ list, key, scalars: new Map(), rows, held: false });
    }
    this.#key = null;
    this.#token = [];
    return null;
  }

  #close(list: boolean): JsonEvent | null {
    this.#keep();
    // What is left of a row that a stray brace ended before: it was told already, and its own brace is due.
    if (!list && this.#frames.at(-1)?.rows === true) return null;
    const around = this.#around();
    const frame = this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (frame === undefined)
      return { kind: 'broken', line: this.#line, reason: 'a bracket closes that was not opened' };
    if (!frame.held && !frame.list && parent !== undefined) {
      for (const [path, value] of frame.scalars) parent.scalars.set(`${frame.key}.${path}`, value);
    }
    if (!frame.held || frame.list) return null;
    return { kind: 'close', line: this.#line, around, depth: this.#frames.length + 1 };
  }

  #keep(): void {
    const value = this.#scalar();
    const top = this.#frames.at(-1);
    if (this.#key !== null && value !== undefined && top?.rows === false) top.scalars.set(this.#key, value);
    this.#key = null;
  }

  #scalar(): unknown {
    if (this.#token.length === 0) return undefined;
    const text = Buffer.from(this.#token).toString('utf8');
    this.#token = [];
    return parsed(text);
  }

  /** Inner objects win over outer ones; an object's own key is `..key`, for GRDF writes the PCE there. */
  #around(): Map<string, unknown> {
    const around = new Map<string, unknown>();
    for (const { scalars, key, list } of this.#frames) {
      if (!list && key !== '') around.set('..key', key);
      for (const [path, value] of scalars) around.set(path, value);
    }
    return around;
  }
}

/** A JSON value, or undefined where the text is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
