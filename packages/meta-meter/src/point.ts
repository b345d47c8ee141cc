import type { Quantity } from '@veilleur/domain';
import type { EmissionFactorRow, SiteMeter } from '@veilleur/store';
import { amountOf } from './amount.ts';
import { carbonOf } from './carbon.ts';
import { costOf, type Prices } from './cost.ts';
import { carries, pciOfAmount } from './energy.ts';
import type { Line } from './line.ts';
import { type DaySpan, instantsOf, type LocalDays } from './local-days.ts';
import type { ReportedPoint } from './report.ts';

/** All that is known of one quantity of one point. */
export interface PointFacts {
  readonly meter: SiteMeter;
  readonly quantity: Quantity;
  readonly days: LocalDays;
  readonly use: Line;
  /** kWh, of gas PCS; null for what has no energy. */
  readonly energy: Line | null;
  readonly published: ReportedPoint['published'];
}

/** What a point used, and what that is worth. */
export function reportedPoint(
  { meter, quantity, days, use, energy, published }: PointFacts,
  prices: Prices,
  factors: readonly EmissionFactorRow[],
  span: DaySpan,
): ReportedPoint {
  const time = instantsOf(span, days);
  const pcs = energy === null ? null : amountOf(energy, time);
  const volume = carries(quantity) === 'energy' ? null : use;
  const lines = { kWh: energy, m3: volume };
  const consumed = quantity === 'water_volume' || energy !== null;
  const { code, name, kind, operator, sites } = meter;
  return {
    code,
    name,
    kind,
    operator,
    site: sites[0] ?? '',
    use: amountOf(use, time),
    energy:
      pcs === null ? null : { pcs_kWh: pcs, pci_kWh: carries(quantity) === 'gas' ? pciOfAmount(pcs) : pcs },
    published,
    cost: consumed && quantity === meter.quantity ? costOf(lines, prices, span, days) : null,
    carbon: consumed ? carbonOf(quantity, lines, factors, span, days) : null,
  };
}
