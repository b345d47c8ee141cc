/**
 * The units that a profile may convert from, UCUM codes, each as a whole-number fraction of its
 * dimension's first unit. Fractions, because 6054 * 0.001 is 6.054000000000001 and 6054 / 1000 is 6.054.
 * The table is explicit on purpose: a unit that nobody thought about is an error, not a guess.
 */
const DIMENSIONS: Readonly<Record<string, Readonly<Record<string, readonly [number, number]>>>> = {
  energy: {
    'W.h': [1, 1],
    'kW.h': [1000, 1],
    'MW.h': [1_000_000, 1],
    J: [1, 3600],
    kJ: [5, 18],
    MJ: [2500, 9],
  },
  volume: { L: [1, 1], dm3: [1, 1], m3: [1000, 1], mL: [1, 1000], cm3: [1, 1000], hL: [100, 1] },
  power: { W: [1, 1], kW: [1000, 1], mW: [1, 1000] },
  flow: { 'L/h': [1, 1], 'm3/h': [1000, 1] },
  charge: { 'A.h': [1, 1] },
  frequency: { Hz: [1, 1] },
  length: { mm: [1, 1], cm: [10, 1], m: [1000, 1] },
  apparent_power: { 'V.A': [1, 1], 'kV.A': [1000, 1] },
  voltage: { V: [1, 1], mV: [1, 1000], dV: [1, 10], kV: [1000, 1] },
  current: { A: [1, 1], mA: [1, 1000] },
  ratio: { '1': [1, 1], '%': [1, 100] },
  duration: { h: [3600, 1], min: [60, 1], s: [1, 1], d: [86_400, 1] },
  pressure: { hPa: [100, 1], mbar: [100, 1], Pa: [1, 1], kPa: [1000, 1], bar: [100_000, 1] },
  temperature: { Cel: [1, 1] },
  illuminance: { lx: [1, 1] },
  level: { dB: [1, 1] },
  concentration: { '[ppb]': [1, 1], '[ppm]': [1000, 1] },
};

/** Multiplies by `numerator / denominator`, in that order, so that thousandths stay exact. */
export interface Conversion {
  readonly numerator: number;
  readonly denominator: number;
}

export const UNCHANGED: Conversion = { numerator: 1, denominator: 1 };

/** Undefined where no conversion exists: unknown unit, or a unit of another dimension. */
export function conversionBetween(from: string, to: string): Conversion | undefined {
  for (const units of Object.values(DIMENSIONS)) {
    // Own names only: a profile may well say `unit: constructor`.
    const source = Object.hasOwn(units, from) ? units[from] : undefined;
    const target = Object.hasOwn(units, to) ? units[to] : undefined;
    if (source !== undefined && target !== undefined) {
      return reduced(source[0] * target[1], source[1] * target[0]);
    }
  }
  return undefined;
}

/** The units that can be converted to `unit`, for error messages. */
export function unitsConvertibleTo(unit: string): readonly string[] {
  for (const units of Object.values(DIMENSIONS)) {
    if (Object.hasOwn(units, unit)) return Object.keys(units);
  }
  return [unit];
}

/**
 * A profile's `scale` as a fraction: 0.1 becomes 1/10, because 2301 * 0.1 is 230.10000000000002.
 * A scale that is no short decimal stays a plain factor.
 */
export function scaledBy(scale: number, conversion: Conversion): Conversion {
  for (const denominator of [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]) {
    const numerator = Math.round(scale * denominator);
    if (Math.abs(numerator / denominator - scale) <= Number.EPSILON * Math.abs(scale)) {
      return reduced(numerator * conversion.numerator, denominator * conversion.denominator);
    }
  }
  return { numerator: scale * conversion.numerator, denominator: conversion.denominator };
}

function reduced(numerator: number, denominator: number): Conversion {
  let [a, b] = [Math.abs(numerator), denominator];
  while (b !== 0) [a, b] = [b, a % b];
  return a === 0 ? { numerator, denominator } : { numerator: numerator / a, denominator: denominator / a };
}
