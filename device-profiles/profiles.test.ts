import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';

import { checkProfile, type DecodeResult, loadFirstPartyProfiles } from '@veilleur/codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const catalogue = await loadFirstPartyProfiles();

describe.each(catalogue.all().map((profile) => [profile.id, profile] as const))('%s', (_id, profile) => {
  const report = checkProfile(profile);

  test('has vectors, and one of them is a frame that must be refused', () => {
    expect(profile.vectors.length).toBeGreaterThan(0);
    expect(profile.vectors.some(({ refused }) => refused !== undefined)).toBe(true);
  });

  test.each(report.verdicts.map((verdict) => [verdict.vector.name, verdict] as const))(
    '%s',
    (_name, verdict) => {
      // Compared whole, so that a failure shows the differences and not just "wrong".
      expect(verdict).toEqual({ kind: 'right', vector: verdict.vector, result: expect.anything() });
    },
  );

  test('any bytes give finite numbers or a reason, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: 1, max: 223 }), (bytes, fPort) => {
        expectSound(profile.decode({ bytes, fPort, receivedAt: new Date('2026-03-01T12:00:00Z') }));
      }),
      { numRuns: 300 },
    );
  });

  test('a real frame that is cut off or has a flipped bit gives finite numbers or a reason', () => {
    for (const { hex, fPort, recvTime, variables } of profile.vectors) {
      const whole = Uint8Array.fromHex(hex);
      for (let length = 0; length < whole.length; length++) {
        expectSound(
          profile.decode({ bytes: whole.subarray(0, length), fPort, receivedAt: recvTime, variables }),
        );
        for (let bit = 0; bit < 8; bit++) {
          const flipped = whole.with(length, (whole[length] ?? 0) ^ (1 << bit));
          expectSound(profile.decode({ bytes: flipped, fPort, receivedAt: recvTime, variables }));
        }
      }
    }
  });

  test('the decoder runs alone, in sloppy and in strict mode, as a network server would run it', () => {
    const source = readFileSync(join(profile.folder, 'decoder.js'), 'utf8');
    const [vector] = profile.vectors;
    const bytes = [...Uint8Array.fromHex(vector?.hex ?? '')];
    for (const mode of ['', '"use strict";']) {
      // A new context has the language and nothing else: no Buffer, console, require or process.
      const output = runInNewContext(`${mode}${source}\nJSON.stringify(decodeUplink(input))`, {
        input: { bytes, fPort: vector?.fPort, recvTime: vector?.recvTime, variables: {} },
      });
      expect(JSON.parse(output)).toHaveProperty('data');
    }
  });
});

test('the decoders that a city pastes into its network server hold no import and no export', () => {
  for (const profile of catalogue.all()) {
    const source = readFileSync(join(profile.folder, 'decoder.js'), 'utf8');
    expect(source, profile.id).not.toMatch(/^\s*(import|export)\b|\brequire\(/m);
  }
});

function expectSound(result: DecodeResult): void {
  if (result.outcome === 'failed') {
    expect(result.code).not.toBe('decoder_threw');
    expect(result.reason).not.toBe('');
    return;
  }
  for (const { value, time, channel } of result.measurements) {
    if (!Number.isFinite(value) || !Number.isFinite(time.getTime()) || !Number.isInteger(channel)) {
      expect.fail(`not finite: ${JSON.stringify(result)}`);
    }
  }
}
