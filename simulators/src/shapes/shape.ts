/** An excerpt of real data that was small enough to be kept here, and whose it is. */
export interface RealShape<Shape> {
  readonly what: string;
  readonly source: string;
  readonly licence: string;
  readonly shape: Shape;
}

/** How a use spreads over the hours of the day, and how days differ. */
export interface HourlyShape {
  readonly days: number;
  /** Of each local hour, adding up to 1. */
  readonly hourShares: readonly number[];
  readonly meanOfDay: number;
  /** Daily totals over their mean, at QUANTILES. */
  readonly dayQuantiles: readonly number[];
  /** Of all hours, those in which nothing at all flowed. */
  readonly zeroHourShare: number;
  /** Mean over the days of the lowest hour from 02:00 to 05:00, over the mean hour. */
  readonly nightMinimum: number;
}

/** How a use spreads over the year, and how days differ. */
export interface DailyShape {
  readonly days: number;
  /** Mean day of each month over the sum of the twelve, January first. */
  readonly monthShares: readonly number[];
  readonly meanOfDay: number;
  readonly dayQuantiles: readonly number[];
}

export const QUANTILES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95] as const;

/** @param days the 24 hours of each. */
export function hourlyShapeOf(days: readonly (readonly number[])[]): HourlyShape {
  const hours = new Array<number>(24).fill(0);
  let zeros = 0;
  let nights = 0;
  for (const day of days) {
    for (const [hour, amount] of day.entries()) {
      hours[hour] = (hours[hour] ?? 0) + amount;
      if (amount === 0) zeros += 1;
    }
    nights += Math.min(...day.slice(2, 5));
  }
  const total = sum(hours);
  return {
    days: days.length,
    hourShares: hours.map((amount) => rounded(amount / total)),
    meanOfDay: rounded(total / days.length),
    dayQuantiles: relativeQuantiles(days.map(sum)),
    zeroHourShare: rounded(zeros / (24 * days.length)),
    nightMinimum: rounded(nights / days.length / (total / days.length / 24)),
  };
}

export function dailyShapeOf(
  days: readonly { readonly month: number; readonly total: number }[],
): DailyShape {
  const months = Array.from({ length: 12 }, (_, index) => {
    const own = days.filter(({ month }) => month === index + 1);
    return own.length === 0 ? 0 : sum(own.map(({ total }) => total)) / own.length;
  });
  const year = sum(months);
  const totals = days.map(({ total }) => total);
  return {
    days: days.length,
    monthShares: months.map((mean) => rounded(mean / year)),
    meanOfDay: rounded(sum(totals) / days.length),
    dayQuantiles: relativeQuantiles(totals),
  };
}

function relativeQuantiles(totals: readonly number[]): number[] {
  const mean = sum(totals) / totals.length;
  const sorted = totals.toSorted((a, b) => a - b);
  return QUANTILES.map((quantile) => {
    const place = quantile * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    const high = sorted[Math.ceil(place)] ?? 0;
    return rounded((low + (high - low) * (place - Math.floor(place))) / mean);
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
