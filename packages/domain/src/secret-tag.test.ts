import { describe, expect, test } from 'vitest';
import { isSecretTag, shownTags } from './secret-tag.ts';

describe('a tag', () => {
  test.each(['aesKey', 'AES_KEY', 'key', 'pin-password', 'clientSecret', 'apitoken'])(
    '%s is a secret',
    (name) => {
      expect(isSecretTag(name)).toBe(true);
    },
  );

  test.each(['street', 'keyholder', 'tokens', 'utcOffset_min', ''])('%j is none', (name) => {
    expect(isSecretTag(name)).toBe(false);
  });

  test('is shown where it is no secret', () => {
    expect(shownTags({ street: 'rue du Bac', aesKey: '9F52' })).toEqual({ street: 'rue du Bac' });
  });
});
