import { inspect } from 'node:util';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { chirpStackAddress } from './chirpstack-address.ts';
import { ChirpStackClient, type ChirpStackOptions } from './chirpstack-client.ts';
import { FakeChirpStack } from './fake-chirpstack.ts';
import { ADMIN_KEY, TENANT_KEY } from './fake-chirpstack-rules.ts';
import { Secret } from './secret.ts';

const DEV_EUI = '70b3d5e75e00c3e1';
const KEY = '8f2c1d7a9b3e4f506172839405a6b7c8';

describe('the client of ChirpStack', () => {
  let chirpStack: FakeChirpStack;
  let clients: ChirpStackClient[];

  beforeEach(async () => {
    chirpStack = await FakeChirpStack.start();
    clients = [];
  });

  afterEach(() => {
    for (const client of clients) client.close();
    chirpStack.stop();
  });

  function connect(options: Partial<ChirpStackOptions> = {}): ChirpStackClient {
    const client = new ChirpStackClient({
      url: chirpStack.url,
      apiKey: ADMIN_KEY,
      backoffMs: 5,
      ...options,
    });
    clients.push(client);
    return client;
  }

  it('tries again while ChirpStack does not answer', async () => {
    chirpStack.fail('Tenant.List', { code: status.UNAVAILABLE, times: 3 });
    expect(await connect().tenants()).toEqual([{ id: chirpStack.ownTenant, name: 'Ville de Clairval' }]);
    expect(chirpStack.calls('Tenant.List')).toBe(4);
  });

  it('gives up after its attempts', async () => {
    chirpStack.fail('Tenant.List', { code: status.UNAVAILABLE });
    await expect(connect().tenants()).rejects.toMatchObject({ code: 'lns_unreachable', retryable: true });
    expect(chirpStack.calls('Tenant.List')).toBe(4);
  });

  it('does not wait for a slow answer beyond its deadline', async () => {
    chirpStack.fail('Tenant.List', { code: status.OK, delayMs: 5_000 });
    const start = performance.now();
    await expect(connect({ deadlineMs: 40, attempts: 2 }).tenants()).rejects.toMatchObject({
      code: 'lns_slow',
      message: expect.stringContaining('Tenant.List: no answer in time'),
      retryable: true,
    });
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('says that nobody listens there', async () => {
    chirpStack.stop();
    await expect(connect().tenants()).rejects.toMatchObject({
      code: 'lns_unreachable',
      message: expect.stringContaining(`ChirpStack at ${chirpStack.url.slice(7)}, Tenant.List: no answer`),
      remedy: expect.stringContaining('TLS'),
    });
  });

  it('finds ChirpStack again after a restart, within its attempts', async () => {
    const client = connect({ backoffMs: 40 });
    await client.tenants();
    const { port } = new URL(chirpStack.url);
    chirpStack.stop();
    const again = client.tenants();
    chirpStack = await FakeChirpStack.start(Number(port));
    expect(await again).toHaveLength(1);
  });

  it.each([
    [status.UNAUTHENTICATED, 'InvalidSignature', 'lns_unauthorised', false],
    [status.UNAUTHENTICATED, '', 'lns_forbidden', false],
    [status.PERMISSION_DENIED, 'no', 'lns_forbidden', false],
    [status.NOT_FOUND, '', 'lns_not_found', false],
    [status.ALREADY_EXISTS, '', 'lns_already_exists', false],
    [status.INTERNAL, 'duplicate key value violates unique constraint "x"', 'lns_already_exists', false],
    [status.INTERNAL, 'UNIQUE constraint failed: device.dev_eui', 'lns_already_exists', false],
    [status.INTERNAL, 'connection pool timed out', 'lns_failed', true],
    [status.INVALID_ARGUMENT, 'Not allowed (Max number of devices exceeded)', 'lns_quota', false],
    [status.INVALID_ARGUMENT, 'Validation error: name is not set', 'lns_refused', false],
    [status.RESOURCE_EXHAUSTED, '', 'lns_busy', true],
    [status.UNIMPLEMENTED, '', 'lns_incompatible', false],
    [status.UNKNOWN, '', 'lns_failed', true],
  ])('reads gRPC status %i (%s) as %s', async (code, details, expected, retryable) => {
    chirpStack.fail('Device.Get', { code, details });
    await expect(connect().device(DEV_EUI)).rejects.toMatchObject({
      name: 'VeilleurError',
      code: expected,
      retryable,
      remedy: expect.stringMatching(/\w+/),
    });
  });

  it('lists what fills several pages', async () => {
    const client = connect();
    for (let index = 0; index < 1_203; index++) chirpStack.addApplication(`Application ${index}`);
    expect(await client.applications(chirpStack.ownTenant)).toHaveLength(1_203);
    expect(chirpStack.calls('Application.List')).toBe(3);
  });

  it('puts the AppKey of LoRaWAN 1.0 where ChirpStack keeps it, and reads it back hidden', async () => {
    const client = connect();
    chirpStack.addDevice(DEV_EUI);
    await client.createNwkKey(DEV_EUI, new Secret(KEY));
    expect(chirpStack.keys.get(DEV_EUI)?.toObject()).toMatchObject({ nwkKey: KEY, appKey: '' });
    const key = await client.nwkKey(DEV_EUI);
    expect(inspect(key)).toBe('***');
    expect(key?.reveal()).toBe(KEY);
  });

  it('keeps keys out of its errors, even where the server quotes them', async () => {
    chirpStack.fail('Device.CreateKeys', {
      code: status.INVALID_ARGUMENT,
      details: `can't use ${KEY.toUpperCase()} (authorization: Bearer ${TENANT_KEY})`,
    });
    const client = connect({ apiKey: TENANT_KEY });
    const error = await client.createNwkKey(DEV_EUI, new Secret(KEY)).catch((thrown: unknown) => thrown);
    const shown = `${inspect(error, { depth: 12, showHidden: true })} ${inspect(client, { depth: 2 })}`;
    expect(shown).toContain("can't use ***");
    expect(shown.toLowerCase()).not.toContain(KEY);
    expect(shown).not.toContain(TENANT_KEY);
  });

  it.each(['', 'two words', 'clé'])('refuses the API key "%s" without quoting it', (apiKey) => {
    expect(() => connect({ apiKey })).toThrow(/^The API key is empty or has characters that no key has$/);
  });
});

describe('the address of ChirpStack', () => {
  it.each([
    ['grpc://chirpstack', 'chirpstack:8080', false],
    ['http://10.0.0.1:80', '10.0.0.1:80', false],
    ['grpc://[::1]:9090', '[::1]:9090', false],
    ['https://lns.example.org/', 'lns.example.org:443', true],
    ['grpcs://lns.example.org:8443', 'lns.example.org:8443', true],
  ])('%s is %s', (url, target, tls) => {
    expect(chirpStackAddress(url)).toEqual({ target, tls });
  });

  it.each(['chirpstack:8080', 'mqtt://x', 'https://', 'https://x/api', 'https://user:pass@x'])(
    '%s is refused',
    (url) => {
      expect(() => chirpStackAddress(url)).toThrow(/is not the address of a ChirpStack/);
      expect(() => chirpStackAddress(url)).not.toThrow(/pass@/);
    },
  );
});
