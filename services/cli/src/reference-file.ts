import { VeilleurError } from '@veilleur/domain';
import type { Reference, ReferenceProblem } from '@veilleur/store';
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { ReferenceFile } from './reference-schema.ts';

type Path = readonly (string | number)[];

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map(
        ({ message, pos }) => `${file}:${lines.linePos(pos[0]).line}: ${message.split('\n')[0]}`,
      ),
    );
  }
  const at = (path: Path, key?: string) =>
    [`${file}:${lineOf(document, lines, path, key)}`, ...(path.length === 0 ? [] : [path.join('.')])].join(
      ': ',
    );
  const read = ReferenceFile.safeParse(document.toJS() ?? {});
  if (!read.success) {
    throw invalid(
      read.error.issues.map((issue) => {
        const path = issue.path.filter((part) => typeof part !== 'symbol');
        const [key] = issue.code === 'unrecognized_keys' ? issue.keys : [];
        return `${at(path, key)}: ${issue.message}`;
      }),
    );
  }
  return {
    reference: referenceOf(read.data),
    errorOf: (problems) =>
      invalid(
        problems.map(({ path: [list, i, key], message }) => `${at([NAMES[list], i, key])}: ${message}`),
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

/** The line of what a path names; of what is missing, that of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, path: Path, key?: string): number {
  if (key !== undefined) {
    const map = path.length === 0 ? document.contents : document.getIn(path, true);
    const pair = isMap(map) ? map.items.find((item) => String(item.key) === key) : undefined;
    if (pair !== undefined && isNode(pair.key) && pair.key.range)
      return lines.linePos(pair.key.range[0]).line;
  }
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

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
