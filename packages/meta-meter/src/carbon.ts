import type { Quantity } from '@veilleur/domain';
import { emissions, pciOf } from '@veilleur/metering';
import type { EmissionFactorRow } from '@veilleur/store';
import { type Amount, amountFrom } from './amount.ts';
import type { Line, UnknownReason, UnknownSpan } from './line.ts';
import { type DaySpan, instantsOf, type LocalDays, segmentsOf } from './local-days.ts';

/** kg of CO2 equivalent. */
export interface Carbon extends Amount<UnknownReason | 'no_factor'> {
  readonly factors: readonly {
    readonly since: string;
    readonly gramsPerUnit: number;
    readonly per: EmissionFactorRow['per'];
    readonly source: string;
  }[];
}

/** What was emitted in a span of local days, each part of it with the factor of its time. */
export function carbonOf(
  quantity: Quantity,
  lines: { readonly kWh: Line | null; readonly m3: Line | null },
  factors: readonly EmissionFactorRow[],
  span: DaySpan,
  days: LocalDays,
): Carbon {
  const unknown: UnknownSpan<UnknownReason | 'no_factor'>[] = [];
  const used = new Set<EmissionFactorRow>();
  let [grams, estimated, anything] = [0, 0, false];
  const own = factors.filter((factor) => factor.quantity === quantity);
  for (const { row, ...part } of segmentsOf(own, span)) {
    const time = instantsOf(part, days);
    const line = row === null ? null : row.per === 'm3' ? lines.m3 : lines.kWh;
    if (row === null || line === null) {
      unknown.push({ ...time, reason: 'no_factor' });
      continue;
    }
    used.add(row);
    unknown.push(...line.unknown(time));
    const unit = (micro: number) => (row.per === 'kWh_pci' ? pciOf(micro) : micro);
    const factor = { ...time, gramsPerUnit: row.grams, source: row.source };
    const gramsOf = (micro: number) => emissions([{ ...time, value: unit(micro) }], [factor])[0]?.grams ?? 0;
    for (const { from, to } of line.known(time)) {
      const [interval] = line.over([from, to]);
      grams += gramsOf(interval?.value ?? 0);
      estimated += gramsOf(interval?.evidence.estimated ?? 0);
      anything = true;
    }
  }
  return {
    ...amountFrom(Math.round(grams * 1000), Math.round(estimated * 1000), unknown, anything),
    factors: [...used].map(({ from, grams: gramsPerUnit, per, source }) => ({
      since: from,
      gramsPerUnit,
      per,
      source,
    })),
  };
}
