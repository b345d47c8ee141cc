// Asks the API, with the key of this tab where there is one. The key is kept in the tab alone, and is gone
// with it.

const KEPT = 'veilleur-key';

/** The API wants a key, another one, or one with more rights. */
export class KeyWanted extends Error {}

/** @param {string | null} key Null: none any more. */
export function keepKey(key) {
  if (key === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, key);
}

export function hasKey() {
  return sessionStorage.getItem(KEPT) !== null;
}

/**
 * @param {string} address
 * @returns {Promise<Response>} Of an answer that is one.
 */
export async function ask(address) {
  const key = sessionStorage.getItem(KEPT);
  const answer = await fetch(new URL(address, location.href), {
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });
  if (answer.status === 401 || answer.status === 403) throw new KeyWanted((await answer.json()).message);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/**
 * Something to be shown as it is. Without its charset a browser guesses, and accents become signs of another.
 *
 * @param {string} text
 */
export const plainText = (text) => new Blob([text], { type: 'text/plain; charset=utf-8' });
