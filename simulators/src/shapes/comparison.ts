import { readFile } from 'node:fs/promises';
import { type Distances, distancesOf, quantileGap } from './distance.ts';
import { type DailyShape, type HourlyShape, QUANTILES, type RealShape } from './shape.ts';
import { type SimulatedShapes, simulatedShapes } from './simulated.ts';
import { type Bars, svgOf } from './svg.ts';

/** One real shape and the simulated one beside it. */
export interface Comparison {
  readonly name: 'water' | 'electricity' | 'gas';
  readonly real: RealShape<HourlyShape | DailyShape>;
  readonly simulated: HourlyShape | DailyShape;
  readonly distances: Distances & { readonly quantileGap: number };
  readonly svg: string;
}

const REAL = '#8a8f98';
const SIMULATED = '#1769aa';
const HOURS = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, '0'));
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const TITLE = {
  water: 'Water: share of the day by local hour',
  electricity: 'Electricity: share of the day by local hour',
  gas: 'Gas: share of the year by month',
} as const;

/** @param simulated made anew by default, which takes some seconds. */
export async function comparisons(simulated: SimulatedShapes = simulatedShapes()): Promise<Comparison[]> {
  const all: Comparison[] = [];
  for (const name of ['water', 'electricity', 'gas'] as const) {
    const real = await realShape(name);
    const own = simulated[name];
    const distances = {
      ...distancesOf(sharesOf(own), sharesOf(real.shape)),
      quantileGap: quantileGap(own.dayQuantiles, real.shape.dayQuantiles),
    };
    const bars: Bars = {
      title: TITLE[name],
      labels: name === 'gas' ? MONTHS : HOURS,
      series: [
        { name: 'real', colour: REAL, percent: sharesOf(real.shape).map((share) => 100 * share) },
        { name: 'simulated', colour: SIMULATED, percent: sharesOf(own).map((share) => 100 * share) },
      ],
    };
    all.push({ name, real, simulated: own, distances, svg: svgOf(bars) });
  }
  return all;
}

/** The table of a comparison, in Markdown. */
export function tableOf({ real, simulated, distances }: Comparison): string {
  const rows: [string, string, string][] = [
    ['days', String(real.shape.days), String(simulated.days)],
    ['mean day', real.shape.meanOfDay.toFixed(1), simulated.meanOfDay.toFixed(1)],
    ...QUANTILES.map((quantile, place): [string, string, string] => [
      `${Math.round(100 * quantile)} % of days are below … of the mean`,
      (real.shape.dayQuantiles[place] ?? 0).toFixed(2),
      (simulated.dayQuantiles[place] ?? 0).toFixed(2),
    ]),
  ];
  if ('zeroHourShare' in real.shape && 'zeroHourShare' in simulated) {
    rows.push(
      ['hours in which nothing flows', percent(real.shape.zeroHourShare), percent(simulated.zeroHourShare)],
      [
        'lowest hour from 02:00 to 05:00, of the mean hour',
        percent(real.shape.nightMinimum),
        percent(simulated.nightMinimum),
      ],
    );
  }
  const unit = 'hourShares' in real.shape ? 'hours' : 'months';
  return [
    '| | real | simulated |',
    '| --- | --- | --- |',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Distances: total variation ${distances.totalVariation.toFixed(3)}, Jensen-Shannon ${distances.jensenShannon.toFixed(3)}, ` +
      `Wasserstein ${distances.wasserstein.toFixed(2)} ${unit}, widest gap of the quantiles ${distances.quantileGap.toFixed(2)}.`,
  ].join('\n');
}

function sharesOf(shape: HourlyShape | DailyShape): readonly number[] {
  return 'hourShares' in shape ? shape.hourShares : shape.monthShares;
}

async function realShape(name: string): Promise<RealShape<HourlyShape | DailyShape>> {
  const file = new URL(`real/${name}.json`, import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as RealShape<HourlyShape | DailyShape>;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
