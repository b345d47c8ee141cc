export type LiteralPath = readonly (string | number)[];

/**
 * Reads a JavaScript literal without running it: JSON, and what vendors paste where JSON was asked for
 * (comments, hexadecimal, trailing commas, single quotes, bare names, a closing semicolon).
 */
export function parseJavaScriptLiteral(text: string): ParsedLiteral {
  const reader = new LiteralReader(text);
  try {
    const value = reader.whole();
    return { kind: 'parsed', value, placeOf: (path) => positionText(text, reader.offsetOf(path)) };
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return { kind: 'invalid', ...positionOf(text, thrown.offset), reason: thrown.message };
  }
}

export type ParsedLiteral =
  | {
      readonly kind: 'parsed';
      readonly value: unknown;
      /** `line:column` of a part, or of the nearest part around it. */
      placeOf(path: LiteralPath): string;
    }
  | { readonly kind: 'invalid'; readonly line: number; readonly column: number; readonly reason: string };

class Unreadable extends Error {
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/** Deeper than any example, shallower than the stack. */
const MAX_DEPTH = 200;

const BLANK = /(?:\s|\uFEFF|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const NUMBER = /[-+]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/y;
const NAME = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
]);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
  ['\n', ''],
]);

class LiteralReader {
  readonly #text: string;
  readonly #offsets = new Map<string, number>();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): unknown {
    const value = this.#value([]);
    this.#blank();
    if (this.#text[this.#at] === ';') this.#at += 1;
    this.#blank();
    if (this.#at < this.#text.length) this.#fail('something follows the end of the value');
    return value;
  }

  offsetOf(path: LiteralPath): number {
    for (let length = path.length; length >= 0; length--) {
      const offset = this.#offsets.get(JSON.stringify(path.slice(0, length)));
      if (offset !== undefined) return offset;
    }
    return 0;
  }

  #value(path: LiteralPath): unknown {
    this.#blank();
    this.#offsets.set(JSON.stringify(path), this.#at);
    if (path.length > MAX_DEPTH) this.#fail('nested too deeply');
    const next = this.#text[this.#at];
    if (next === '[') return this.#array(path);
    if (next === '{') return this.#object(path);
    if (next === '"' || next === "'") return this.#string(next);
    const number = this.#match(NUMBER);
    if (number !== undefined) return numberOf(number);
    const start = this.#at;
    const word = this.#match(NAME);
    if (word !== undefined && WORDS.has(word)) return WORDS.get(word);
    this.#at = start;
    return this.#fail(next === undefined ? 'the text ends too early' : 'a value was expected');
  }

  #array(path: LiteralPath): unknown[] {
    const values: unknown[] = [];
    this.#at += 1;
    while (!this.#closes(']')) {
      values.push(this.#value([...path, values.length]));
      this.#separator(']');
    }
    return values;
  }

  #object(path: LiteralPath): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    this.#at += 1;
    while (!this.#closes('}')) {
      const name = this.#key();
      this.#blank();
      if (this.#text[this.#at] !== ':') this.#fail('":" was expected');
      this.#at += 1;
      entries.push([name, this.#value([...path, name])]);
      this.#separator('}');
    }
    // fromEntries defines: a key __proto__ becomes a field like any other.
    return Object.fromEntries(entries);
  }

  #key(): string {
    const next = this.#text[this.#at];
    if (next === '"' || next === "'") return this.#string(next);
    return this.#match(NAME) ?? this.#match(NUMBER) ?? this.#fail('a field name was expected');
  }

  #string(quote: string): string {
    let value = '';
    this.#at += 1;
    for (;;) {
      const next = this.#text[this.#at];
      if (next === undefined || next === '\n') return this.#fail('the text is not closed by a quote');
      this.#at += 1;
      if (next === quote) return value;
      value += next === '\\' ? this.#escape() : next;
    }
  }

  #escape(): string {
    const next = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (next !== 'x' && next !== 'u') return ESCAPES.get(next) ?? next;
    const digits = this.#text.slice(this.#at, this.#at + (next === 'x' ? 2 : 4));
    if (!/^(?:[\da-fA-F]{2}){1,2}$/.test(digits))
      return this.#fail('an escape of two or four digits was expected');
    this.#at += digits.length;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #closes(bracket: string): boolean {
    this.#blank();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    return true;
  }

  #separator(bracket: string): void {
    this.#blank();
    if (this.#text[this.#at] === ',') this.#at += 1;
    else if (this.#text[this.#at] !== bracket) this.#fail(`"," or "${bracket}" was expected`);
  }

  #blank(): void {
    this.#match(BLANK);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #fail(reason: string): never {
    throw new Unreadable(this.#at, reason);
  }
}

function numberOf(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  return sign * Number(text.replace(/^[-+]/, ''));
}

function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function positionText(text: string, offset: number): string {
  const { line, column } = positionOf(text, offset);
  return `${line}:${column}`;
}
