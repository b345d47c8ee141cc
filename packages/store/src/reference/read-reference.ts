import type { Pool } from '../connect.ts';
import type {
  Contract,
  EmissionFactorRow,
  GasCoefficientRow,
  Reference,
  SiteReference,
  TariffVersion,
  TempoDay,
} from './reference.ts';

const DAYS = 'from_date::text as "from", to_date::text as "to"';

const TARIFFS = `select code, ${DAYS}, terms, source from tariff order by code, from_date`;
const CONTRACTS = `select p.code as point, ${DAYS}, tariff_code as tariff, off_peak as "offPeak"
  from contract c join metering_point p on p.id = c.point_id
  where $1::text[] is null or p.code = any($1) order by p.code, from_date`;
const FACTORS = `select quantity, ${DAYS}, per, grams, source from emission_factor order by quantity, from_date`;
const COEFFICIENTS = `select p.code as point, s.code as site, ${DAYS}, energy, source from gas_coefficient c
  left join metering_point p on p.id = c.point_id left join site s on s.id = c.site_id
  order by s.code nulls first, p.code nulls first, from_date`;
const TEMPO = `select day::text, colour from tempo_day
  where ($1::date is null or day >= $1) and ($2::date is null or day < $2) order by day`;
const SITES = `select s.code as site, r.station, r.base_cel as "base_Cel", r.heating, r.tertiary
  from site_reference r join site s on s.id = r.site_id order by s.code`;

/**
 * All that consumption is valued by.
 *
 * @param only The points whose contracts, and the days whose Tempo colours are wanted (the day after the
 *   last for `to`); absent: all.
 */
export async function readReference(
  pool: Pool,
  only: { readonly points?: readonly string[]; readonly from?: string; readonly to?: string } = {},
): Promise<Reference> {
  const [tariffs, contracts, factors, coefficients, tempo, sites] = await Promise.all([
    pool.query<TariffVersion>(TARIFFS),
    pool.query<Contract>(CONTRACTS, [only.points ?? null]),
    pool.query<EmissionFactorRow>(FACTORS),
    pool.query<GasCoefficientRow>(COEFFICIENTS),
    pool.query<TempoDay>(TEMPO, [only.from ?? null, only.to ?? null]),
    pool.query<SiteReference>(SITES),
  ]);
  return {
    tariffs: tariffs.rows,
    contracts: contracts.rows,
    emissionFactors: factors.rows,
    gasCoefficients: coefficients.rows,
    tempoDays: tempo.rows,
    sites: sites.rows,
  };
}
