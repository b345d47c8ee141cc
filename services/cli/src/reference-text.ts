import type { Language } from '@veilleur/runtime';
import type { Reference, ReferenceChange, WrittenTemperatures } from '@veilleur/store';
import { aligned } from './point-text.ts';

export interface ReferenceOverview extends Reference {
  readonly stations: readonly {
    readonly station: string;
    readonly first: string;
    readonly last: string;
    readonly days: number;
  }[];
}

const TEXTS = {
  en: {
    unchanged: 'Nothing changed: all of it was known so.',
    kinds: { added: 'added', changed: 'changed', removed: 'removed' },
    tables: {
      tariffs: 'tariff',
      contracts: 'contract',
      emissionFactors: 'emission factor',
      gasCoefficients: 'gas coefficient',
      tempoDays: 'Tempo day',
      sites: 'site',
    },
    more: (count: number) => `... and ${count} more`,
    temperatures: (added: number, changed: number) => `${added} days added, ${changed} corrected`,
    without: (count: number) => `${count} lines without temperatures: those days stay unknown`,
    problem: (line: number, reason: string) => `line ${line}: ${reason}`,
    empty: 'Nothing is told yet. veilleur reference load infra/reference/france.yaml is a beginning.',
    headings: {
      tariffs: 'Tariffs',
      contracts: 'Contracts',
      factors: 'Emission factors',
      coefficients: 'Gas coefficients (those of operators go before)',
      tempo: 'Tempo days',
      sites: 'Sites',
      stations: 'Weather stations',
    },
    from: 'from',
    until: 'until',
    everywhere: 'everywhere',
    days: 'days',
  },
  fr: {
    unchanged: 'Rien n’a changé : tout était déjà connu ainsi.',
    kinds: { added: 'ajouté', changed: 'modifié', removed: 'retiré' },
    tables: {
      tariffs: 'tarif',
      contracts: 'contrat',
      emissionFactors: 'facteur d’émission',
      gasCoefficients: 'coefficient gaz',
      tempoDays: 'jour Tempo',
      sites: 'site',
    },
    more: (count: number) => `... et ${count} autres`,
    temperatures: (added: number, changed: number) => `${added} jours ajoutés, ${changed} corrigés`,
    without: (count: number) => `${count} lignes sans température : ces jours restent inconnus`,
    problem: (line: number, reason: string) => `ligne ${line} : ${reason}`,
    empty: 'Rien n’est encore dit. veilleur reference load infra/reference/france.yaml est un début.',
    headings: {
      tariffs: 'Tarifs',
      contracts: 'Contrats',
      factors: 'Facteurs d’émission',
      coefficients: 'Coefficients gaz (ceux des opérateurs priment)',
      tempo: 'Jours Tempo',
      sites: 'Sites',
      stations: 'Stations météo',
    },
    from: 'depuis le',
    until: 'jusqu’au',
    everywhere: 'partout',
    days: 'jours',
  },
} as const;

const SHOWN_CHANGES = 40;

export function describeChanges(changes: readonly ReferenceChange[], language: Language): string {
  const t = TEXTS[language];
  if (changes.length === 0) return t.unchanged;
  const shown = changes
    .slice(0, SHOWN_CHANGES)
    .map(({ table, kind, what }) => [t.kinds[kind], t.tables[table], what]);
  const more = changes.length - shown.length;
  return [aligned(shown), ...(more > 0 ? [t.more(more)] : [])].join('\n');
}

export function describeTemperatures(
  { added, changed }: WrittenTemperatures,
  without: number,
  problems: readonly { readonly line: number; readonly reason: string }[],
  language: Language,
): string {
  const t = TEXTS[language];
  return [
    t.temperatures(added, changed),
    ...(without > 0 ? [t.without(without)] : []),
    ...problems.slice(0, SHOWN_CHANGES).map(({ line, reason }) => t.problem(line, reason)),
    ...(problems.length > SHOWN_CHANGES ? [t.more(problems.length - SHOWN_CHANGES)] : []),
  ].join('\n');
}

export function describeReference(reference: ReferenceOverview, language: Language): string {
  const t = TEXTS[language];
  const valid = ({ from, to }: { readonly from: string; readonly to: string | null }) =>
    `${t.from} ${from}${to === null ? '' : ` ${t.until} ${to}`}`;
  const euros = (micro: number) =>
    `${(micro / 1e6).toLocaleString(language, { maximumFractionDigits: 6 })} €`;
  const seasons = Map.groupBy(reference.tempoDays, ({ day }) => day.slice(0, 4));
  const sections: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    [
      t.headings.tariffs,
      reference.tariffs.map(({ code, terms, source, ...one }) => [
        code,
        valid(one),
        [
          ...Object.entries(terms.prices).map(([name, price]) => `${name} ${euros(price)}/${terms.unit}`),
          ...terms.fixed.map(({ name, amount, per }) => `${name} ${euros(amount)}/${per}`),
        ].join(', '),
        source ?? '',
      ]),
    ],
    [
      t.headings.contracts,
      reference.contracts.map(({ point, tariff, offPeak, ...one }) => [
        point,
        valid(one),
        tariff,
        offPeak.map(({ fromMinute, toMinute }) => `${clock(fromMinute)}-${clock(toMinute)}`).join(' '),
      ]),
    ],
    [
      t.headings.factors,
      reference.emissionFactors.map(({ quantity, per, grams, source, ...one }) => [
        quantity,
        valid(one),
        `${grams.toLocaleString(language)} gCO2e/${per}`,
        source,
      ]),
    ],
    [
      t.headings.coefficients,
      reference.gasCoefficients.map(({ point, site, energy, source, ...one }) => [
        point ?? site ?? t.everywhere,
        valid(one),
        `${(energy / 1e6).toLocaleString(language, { maximumFractionDigits: 6 })} kWh/m3`,
        source,
      ]),
    ],
    [
      t.headings.tempo,
      Array.from(seasons, ([year, days]) => [
        year,
        ...(['blue', 'white', 'red'] as const).map(
          (colour) => `${days.filter((one) => one.colour === colour).length} ${colour}`,
        ),
      ]),
    ],
    [
      t.headings.sites,
      reference.sites.map(({ site, station, base_Cel, heating, tertiary }) => [
        site,
        station ?? '',
        `${base_Cel} °C`,
        Object.keys(heating).join(' '),
        tertiary === null ? '' : String(tertiary.year),
      ]),
    ],
    [
      t.headings.stations,
      reference.stations.map(({ station, first, last, days }) => [station, first, last, `${days} ${t.days}`]),
    ],
  ];
  const told = sections.filter(([, rows]) => rows.length > 0);
  if (told.length === 0) return t.empty;
  return told.map(([heading, rows]) => `${heading}\n${aligned(rows).replace(/^/gm, '  ')}`).join('\n\n');
}

const clock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
