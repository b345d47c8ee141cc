/**
 * Which tags of a device are secrets, by the end of their name in any case: `aesKey`, `sms_password`. They are
 * there for its decoder, and go nowhere else. A regular expression as JavaScript and PostgreSQL read it.
 */
export const SECRET_TAG = '(key|secret|password|token)$';

const PATTERN = new RegExp(SECRET_TAG, 'i');

export function isSecretTag(name: string): boolean {
  return PATTERN.test(name);
}

/** The tags that people and other programs may see. */
export function shownTags(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !isSecretTag(name)));
}
