import { describe, expect, it } from 'vitest';
import { callerAddress, isLoopbackHost, isNear } from './nearness.ts';

const NEAR = { remoteAddress: '127.0.0.1', httpVersion: '1.1', headers: { host: '127.0.0.1:8080' } };

describe('whoever asks on this machine', () => {
  it.each([
    ['over IPv4', {}],
    ['by the name localhost', { headers: { host: 'localhost:8080' } }],
    ['over IPv6', { remoteAddress: '::1', headers: { host: '[::1]:8080' } }],
    ['over IPv4 written as IPv6', { remoteAddress: '::ffff:127.0.0.1' }],
    ['at another loopback address', { remoteAddress: '127.3.2.1', headers: { host: '127.3.2.1' } }],
  ])('is near %s', (_, origin) => {
    expect(isNear({ ...NEAR, ...origin })).toBe(true);
  });

  it.each([
    ['from the network', { remoteAddress: '192.0.2.7' }],
    ['from the network, written as IPv6', { remoteAddress: '::ffff:192.0.2.7' }],
    ['from nowhere, for the socket is gone', { remoteAddress: undefined }],
    [
      'through a proxy that says for whom',
      { headers: { host: '127.0.0.1', 'x-forwarded-for': '192.0.2.7' } },
    ],
    [
      'through one that says it by the standard',
      { headers: { host: '127.0.0.1', forwarded: 'for=127.0.0.1' } },
    ],
    ['through one that says only that it is one', { headers: { host: '127.0.0.1', via: '1.1 squid' } }],
    ['through one that talks HTTP/1.0, as nginx does', { httpVersion: '1.0' }],
    ['through one that hands on the name', { headers: { host: 'veilleur.example.org' } }],
    ['by a page whose name was made to point here', { headers: { host: 'rebound.example:8080' } }],
    ['by a name that only begins like ours', { headers: { host: 'localhost.example' } }],
    ['by an address with something behind it', { headers: { host: '127.0.0.1.example' } }],
    ['by no name at all', { headers: {} }],
  ])('is not near %s', (_, origin) => {
    expect(isNear({ ...NEAR, ...origin })).toBe(false);
  });
});

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.0.2.7', false],
  ['veilleur.example.org', false],
])('listening on %s is for this machine alone: %s', (host, isAlone) => {
  expect(isLoopbackHost(host)).toBe(isAlone);
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:aaaa::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::ffff', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002:0:0:0:9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, caller) => {
  expect(callerAddress(address)).toBe(caller);
});
