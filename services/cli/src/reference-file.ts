import { VeilleurError } from '@veilleur/domain';
import type { Reference, ReferenceProblem } from '@veilleur/store';
import { complaintLines, errorLines, lineAt, readYamlText } from '@veilleur/yaml-text';
import { ReferenceFile } from './reference-schema.ts';

export interface ReadReference {
  readonly reference: Reference;
  /** The error that names the lines at which a reference does not fit the database. */
  errorOf(problems: readonly ReferenceProblem[]): VeilleurError;
}

/**
 * Reads a city's reference file.
 *
 * @throws VeilleurError `reference_invalid` that names each line that is wrong.
 */
export function readReferenceFile(text: string, file: string): ReadReference {
  const yaml = readYamlText(text);
  if (yaml.errors.length > 0) throw invalid(errorLines(file, yaml));
  const read = ReferenceFile.safeParse(yaml.value ?? {});
  if (!read.success) throw invalid(complaintLines(file, yaml, read.error));
  return {
    reference: referenceOf(read.data),
    errorOf: (problems) =>
      invalid(
        problems.map(({ path: [list, i, key], message }) =>
          lineAt(file, yaml, [NAMES[list], i, key], message),
        ),
      ),
  };
}

const NAMES: Readonly<Record<keyof Reference, string>> = {
  tariffs: 'tariffs',
  contracts: 'contracts',
  emissionFactors: 'emission_factors',
  gasCoefficients: 'gas_coefficients',
  tempoDays: 'tempo',
  sites: 'sites',
};

const invalid = (places: readonly string[]) =>
  new VeilleurError('reference_invalid', places.join('\n'), {
    remedy: 'Nothing was loaded. docs/consumption.md describes the file.',
  });

function referenceOf(file: ReferenceFile): Reference {
  const days = ({ from, to }: { from: string; to?: string | undefined }) => ({ from, to: to ?? null });
  return {
    tariffs: file.tariffs.flatMap(({ code, kind, unit, versions }) =>
      versions.map(({ prices, fixed, source, ...version }) => ({
        ...days(version),
        code,
        terms: { kind, unit, prices, fixed },
        source: source ?? null,
      })),
    ),
    contracts: file.contracts.map(({ point, tariff, off_peak: offPeak, ...contract }) => ({
      ...days(contract),
      point,
      tariff,
      offPeak,
    })),
    emissionFactors: file.emission_factors.map(({ quantity, per, grams, source, ...factor }) => ({
      ...days(factor),
      quantity,
      per,
      grams,
      source,
    })),
    gasCoefficients: file.gas_coefficients.map(({ point, site, kWh_per_m3, source, ...coefficient }) => ({
      ...days(coefficient),
      point: point ?? null,
      site: site ?? null,
      energy: Math.round(kWh_per_m3 * 1e6),
      source,
    })),
    tempoDays: file.tempo.flatMap(tempoDaysOf),
    sites: file.sites.map(({ site, station, base_Cel, heating, tertiary }) => ({
      site,
      station: station ?? null,
      base_Cel,
      heating: Object.fromEntries(
        Object.entries(heating).map(([quantity, terms]) => [
          quantity,
          { basePerDay: terms?.base_per_day ?? 0 },
        ]),
      ),
      tertiary:
        tertiary === undefined
          ? null
          : {
              year: tertiary.year,
              energy_kWh_pci: tertiary.energy_kWh_pci ?? null,
              degreeDays: tertiary.degree_days ?? null,
            },
    })),
  };
}

/** Of a season white and red days are named; all others are blue. */
function tempoDaysOf({
  from,
  to,
  white,
  red,
}: ReferenceFile['tempo'][number]): Reference['tempoDays'][number][] {
  const [whites, reds] = [new Set(white), new Set(red)];
  const days: Reference['tempoDays'][number][] = [];
  for (let day = from; day < to; day = Temporal.PlainDate.from(day).add({ days: 1 }).toString()) {
    days.push({ day, colour: reds.has(day) ? 'red' : whites.has(day) ? 'white' : 'blue' });
  }
  return days;
}
