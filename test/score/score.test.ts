import { ALERT_EXPECTATIONS } from '@veilleur/simulators';
import { describe, expect, it } from 'vitest';
import { cityRules, scoreCity } from './score-city.ts';

/** Kinds that a small city has too few of to say a share. */
const LEAST_FAULTS = 2;

describe('the shipped rules over a city with hidden faults', () => {
  it('find them, and raise next to nothing else', { timeout: 240_000 }, async () => {
    const { scores } = await scoreCity({ seed: 7, days: 24, scale: 0.25 }, await cityRules());
    expect(scores.map(({ kind }) => kind)).toEqual(Object.keys(ALERT_EXPECTATIONS));
    const sum = (of: (score: (typeof scores)[number]) => number) =>
      scores.reduce((total, score) => total + of(score), 0);
    const [faults, found] = [sum((one) => one.faults), sum((one) => one.found)];
    const [alerts, unexplained] = [sum((one) => one.alerts), sum((one) => one.unexplained)];
    expect(faults).toBeGreaterThan(15);
    expect(found / faults).toBeGreaterThanOrEqual(0.9);
    expect(1 - unexplained / alerts).toBeGreaterThanOrEqual(0.9);
    for (const { kind, faults: told, recall } of scores) {
      if (told >= LEAST_FAULTS) expect(recall, kind).toBeGreaterThanOrEqual(0.5);
    }
  });
});
