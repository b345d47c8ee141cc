/** What is shown in a secret's place, whoever shows it. */
export const HIDDEN = '***';

/**
 * A text that must not be seen: an AppKey, an API key, an owner token. Printing it, logging it, turning
 * it into JSON or inspecting it shows `***`; only `reveal()` gives it away, so that every place that
 * does can be found by that word.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  /** What `console.log` and `util.inspect` show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

/**
 * A text from elsewhere (a server's status, a callback's error) without anything that may be a key. A
 * LoRaWAN key has 32 hexadecimal digits in one run or in pairs; no DevEUI (16 digits) and no UUID (with
 * its hyphens) looks like that. A ChirpStack API key is a JSON Web Token, which begins with `eyJ`.
 */
export function withoutKeys(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{32,}|(?:[0-9a-f]{2}[-: ]){15}[0-9a-f]{2}/gi, HIDDEN)
    .replaceAll(/eyJ[\w-]*(?:\.[\w-]*)*/g, HIDDEN);
}

/** The beginning of a text from outside, fit to stand in a message: no key, cut or whole, is in it. */
export function excerpt(text: string, length = 40): string {
  return withoutKeys(text).slice(0, length);
}
