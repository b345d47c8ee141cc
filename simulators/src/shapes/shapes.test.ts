import { describe, expect, it } from 'vitest';
import { comparisons, tableOf } from './comparison.ts';
import { distancesOf, quantileGap } from './distance.ts';

describe('distances', () => {
  it('are nothing between equals, and 1 between strangers', () => {
    expect(distancesOf([1, 2, 3], [2, 4, 6])).toEqual({
      totalVariation: 0,
      jensenShannon: 0,
      wasserstein: 0,
    });
    const apart = distancesOf([1, 0, 0, 0], [0, 0, 1, 0]);
    expect(apart).toMatchObject({ totalVariation: 1, jensenShannon: 1, wasserstein: 2 });
  });

  it('go the shorter way round the clock', () => {
    const at = (hour: number) => Array.from({ length: 24 }, (_, each) => (each === hour ? 1 : 0));
    expect(distancesOf(at(23), at(1)).wasserstein).toBe(2);
    expect(quantileGap([0.5, 1], [0.5, 1.2])).toBeCloseTo(0.2, 12);
  });
});

const all = await comparisons();
const of = (name: string) => {
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

describe('simulated days stay near to real ones', () => {
  it.each([
    ['water', 0.08, 0.08, 0.6, 0.35],
    ['electricity', 0.09, 0.09, 0.6, 0.3],
    ['gas', 0.09, 0.11, 0.3, 0.3],
  ])('%s', (name, totalVariation, jensenShannon, wasserstein, gap) => {
    const { distances } = of(name);
    expect(distances.totalVariation).toBeLessThan(totalVariation);
    expect(distances.jensenShannon).toBeLessThan(jensenShannon);
    expect(distances.wasserstein).toBeLessThan(wasserstein);
    expect(distances.quantileGap).toBeLessThan(gap);
  });

  it('in size: a litre of three, a watt-hour of three, a cubic metre of four', () => {
    for (const [name, share] of [
      ['water', 0.33],
      ['electricity', 0.33],
      ['gas', 0.25],
    ] as const) {
      const { real, simulated } = of(name);
      expect(Math.abs(simulated.meanOfDay / real.shape.meanOfDay - 1), name).toBeLessThan(share);
    }
  });

  it('in their still hours and their nights', () => {
    const water = of('water');
    if (!('zeroHourShare' in water.simulated) || !('zeroHourShare' in water.real.shape))
      throw new Error('no hours');
    expect(Math.abs(water.simulated.zeroHourShare - water.real.shape.zeroHourShare)).toBeLessThan(0.1);
    expect(water.simulated.nightMinimum).toBeLessThan(0.02);
    const electricity = of('electricity');
    if (!('nightMinimum' in electricity.simulated) || !('nightMinimum' in electricity.real.shape)) {
      throw new Error('no nights');
    }
    expect(Math.abs(electricity.simulated.nightMinimum - electricity.real.shape.nightMinimum)).toBeLessThan(
      0.15,
    );
  });

  it('and are drawn: a bar for each hour or month of each, with its licence beside', () => {
    for (const each of all) {
      const bars = each.svg.match(/<rect /g)?.length ?? 0;
      expect(bars).toBe(1 + 2 + 2 * (each.name === 'gas' ? 12 : 24));
      expect(each.real.licence).toMatch(/CC BY 4\.0|EUPL|MIT/);
      expect(tableOf(each)).toContain('total variation');
    }
  });
});
