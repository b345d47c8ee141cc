import { describe, expect, it } from 'vitest';
import { accessOf, readApiConfig } from './config.ts';

const read = (environment: Record<string, string>) =>
  accessOf(readApiConfig({ DATABASE_URL: 'postgres:', ...environment }));

describe('who is let in', () => {
  it('needs a key beyond this machine, and on it where one is asked for', () => {
    expect(read({}).requireKey).toBe(false);
    expect(read({ API_REQUIRE_KEY: 'true' }).requireKey).toBe(true);
    for (const host of ['0.0.0.0', '::', '192.0.2.7', 'veilleur.example.org']) {
      expect(read({ HTTP_HOST: host }).requireKey, host).toBe(true);
    }
  });

  it('cannot be everybody', () => {
    expect(() => read({ HTTP_HOST: '0.0.0.0', API_REQUIRE_KEY: 'false' })).toThrow(
      'keys are always required',
    );
    // Nor by a program that has its configuration from elsewhere.
    const config = { host: '0.0.0.0', port: 0, timeZone: 'Europe/Paris', requireKey: false };
    expect(accessOf(config).requireKey).toBe(true);
  });

  it.each([
    ['API_TRUSTED_PROXIES', '10.0.0.7, fd00::/8,10.1.0.0/16', true],
    ['API_TRUSTED_PROXIES', 'everybody', false],
    ['API_TRUSTED_PROXIES', '10.0.0.0/33', false],
    ['API_TRUSTED_PROXIES', '10.0.0.0/', false],
    ['API_RATE_PER_S', '0', false],
    ['API_BEHIND_TLS', 'perhaps', false],
  ])('%s=%s is taken: %s', (name, value, isTaken) => {
    if (isTaken) expect(() => read({ [name]: value })).not.toThrow();
    else expect(() => read({ [name]: value })).toThrow(name);
  });
});
