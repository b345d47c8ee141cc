import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isolate } from './isolate.ts';

class Poison extends Error {}
const isPoison = (thrown: unknown) => thrown instanceof Poison;

describe('isolating what a consumer throws on', () => {
  it('finds exactly the culprits, and hands everything else on once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (poisonous) => {
        const done: number[] = [];
        const items = poisonous.map((_, i) => i);
        const refused = await isolate(
          items,
          async (some) => {
            if (some.some((i) => poisonous[i])) throw new Poison();
            done.push(...some);
          },
          isPoison,
        );
        expect(refused.map(({ item }) => item)).toEqual(items.filter((i) => poisonous[i]));
        expect(done).toEqual(items.filter((i) => !poisonous[i]));
      }),
    );
  });

  it('asks some twenty times for one culprit among a thousand', async () => {
    let asked = 0;
    const items = Array.from({ length: 1000 }, (_, i) => i);
    await isolate(
      items,
      async (some) => {
        asked += 1;
        if (some.includes(617)) throw new Poison();
      },
      isPoison,
    );
    expect(asked).toBeLessThan(25);
  });

  it('blames nobody for a database that went away in between', async () => {
    const attempt = async (some: readonly number[]) => {
      if (some.length === 1) throw new Error('Connection terminated');
      throw new Poison();
    };
    await expect(isolate([1, 2, 3, 4], attempt, isPoison)).rejects.toThrow('Connection terminated');
  });
});
