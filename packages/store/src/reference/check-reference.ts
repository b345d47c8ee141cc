import type { Quantity } from '@veilleur/domain';
import type { Pool } from '../connect.ts';
import type { Reference, ReferenceProblem, TariffTerms } from './reference.ts';

/** What can be told apart from the file only beside the database: points, sites and tariffs that are not there. */
export async function checkReference(pool: Pool, reference: Reference): Promise<ReferenceProblem[]> {
  const [points, sites, tariffs] = await Promise.all([
    pool.query<{ code: string; quantity: Quantity }>(
      'select p.code, q.name as quantity from metering_point p join quantity q on q.id = p.quantity_id',
    ),
    pool.query<{ code: string }>('select code from site'),
    pool.query<{ code: string; terms: TariffTerms }>('select code, terms from tariff'),
  ]);
  const quantityOf = new Map(points.rows.map(({ code, quantity }) => [code, quantity]));
  const knownSites = new Set(sites.rows.map(({ code }) => code));
  const termsOf = new Map<string, TariffTerms>();
  for (const { code, terms } of [...tariffs.rows, ...reference.tariffs]) termsOf.set(code, terms);

  const problems: ReferenceProblem[] = [];
  for (const [i, { point, tariff, offPeak }] of reference.contracts.entries()) {
    const quantity = quantityOf.get(point);
    const terms = termsOf.get(tariff);
    if (quantity === undefined) {
      problems.push({ path: ['contracts', i, 'point'], message: `there is no metering point ${point}` });
    }
    if (terms === undefined) {
      problems.push({ path: ['contracts', i, 'tariff'], message: `there is no tariff ${tariff}` });
    } else if (quantity !== undefined && !isPricedBy(quantity, terms.unit)) {
      const message = `${tariff} has prices for one ${terms.unit}, and ${point} meters ${quantity}`;
      problems.push({ path: ['contracts', i, 'tariff'], message });
    } else if (terms.kind !== 'flat' && offPeak.length === 0) {
      const message = `${tariff} has off-peak hours: the contract must say when they are at ${point}`;
      problems.push({ path: ['contracts', i, 'off_peak'], message });
    }
  }
  for (const [i, { point, site }] of reference.gasCoefficients.entries()) {
    if (point !== null && !quantityOf.has(point)) {
      problems.push({
        path: ['gasCoefficients', i, 'point'],
        message: `there is no metering point ${point}`,
      });
    }
    if (site !== null && !knownSites.has(site)) {
      problems.push({ path: ['gasCoefficients', i, 'site'], message: `there is no site ${site}` });
    }
  }
  for (const [i, { site }] of reference.sites.entries()) {
    if (!knownSites.has(site)) {
      problems.push({ path: ['sites', i, 'site'], message: `there is no site ${site}` });
    }
  }
  return problems;
}

function isPricedBy(quantity: Quantity, unit: TariffTerms['unit']): boolean {
  switch (quantity) {
    case 'gas_volume':
      return true;
    case 'water_volume':
      return unit === 'm3';
    case 'active_energy_import':
    case 'heat_energy':
    case 'cooling_energy':
      return unit === 'kWh';
    default:
      return false;
  }
}
