import { QUANTITIES } from '@veilleur/domain';
import type { Amount, CostLine, ReportedMedium, ReportedPoint, SiteReport, Sum } from '@veilleur/meta-meter';
import type { Language } from '@veilleur/runtime';
import type { Site } from '@veilleur/store';
import { aligned, unitOf } from './point-text.ts';
import { REPORT_TEXTS } from './site-texts.ts';

const SITES_TEXTS = {
  en: {
    none: 'No site yet. veilleur site add makes one.',
    headings: ['code', 'name', 'kind', 'part of', 'points'],
  },
  fr: {
    none: 'Aucun site. veilleur site add en crée un.',
    headings: ['code', 'nom', 'type', 'partie de', 'points'],
  },
} as const;

const BAR = 40;
/** Less of it would be shown as 0 %. */
const SHOWN_SHARE = 0.0005;
const DOUBTFUL_SHARE = 0.01;
const SHOWN_POINTS = 5;
/** What most often heats: here the weather is missed where it is not told. */
const HEATS: ReadonlySet<string> = new Set(['gas_volume', 'heat_energy']);
const PER = { kWh: 'kWh', kWh_pcs: 'kWh PCS', kWh_pci: 'kWh PCI', m3: 'm³' } as const;

export function describeSites(sites: readonly Site[], language: Language): string {
  const t = SITES_TEXTS[language];
  if (sites.length === 0) return t.none;
  const rows = sites.map(({ code, name, kind, parent, points }) => [
    code,
    name,
    kind,
    parent ?? '',
    String(points),
  ]);
  return aligned([t.headings, ...rows], new Set([4]));
}

/** A page for a terminal: of each medium what was used, what that is worth, and the months as bars. */
export function describeReport(report: SiteReport, language: Language): string {
  const t = REPORT_TEXTS[language];
  const { site, from, to, media, total } = report;
  const attributes = Object.entries(site.attributes).map(([name, value]) => `${name} ${value}`);
  const head = [`${site.name} (${site.kind}), ${t.span(from, to)}`, ...attributes].join('  ');
  if (media.length === 0) return `${head}\n\n${t.nothing}`;
  const write = new Writing(language);
  const days = (Date.parse(to) - Date.parse(from)) / 86_400_000;
  const inAll = [
    ...(total.energy === null ? [] : [write.energies(total.energy.pcs_kWh, total.energy.pci_kWh)]),
    ...(total.cost_EUR === null ? [] : [write.sum(total.cost_EUR, '€', 2)]),
    ...(total.carbon_kgCO2e === null ? [] : [write.sum(total.carbon_kgCO2e, 'kgCO2e', 1)]),
  ];
  return [
    head,
    ...media.flatMap((medium) => ['', ...describeMedium(medium, report, days, write)]),
    ...(inAll.length === 0 ? [] : ['', t.inAll, ...inAll.map((line) => `  ${line}`)]),
    '',
    t.legend,
  ].join('\n');
}

function describeMedium(medium: ReportedMedium, report: SiteReport, days: number, write: Writing): string[] {
  const { quantity, use, energy, cost, carbon, points } = medium;
  const unit = unitOf(quantity);
  const facts = [
    write.sum(use, unit, 1),
    ...(energy === null || unit === 'kWh' ? [] : [write.energies(energy.pcs_kWh, energy.pci_kWh)]),
    ...points.flatMap((point) => write.published(point, days)),
    ...(cost === null ? [] : [write.sum(cost, '€', 2), ...write.costLines(points)]),
    ...(carbon === null ? [] : [write.sum(carbon, 'kgCO2e', 1), ...write.factors(points)]),
    ...write.comparison(medium, report.station),
    write.similar(medium, unit),
    write.profile(medium, unit),
    ...write.unknown(points),
  ];
  return [
    QUANTITIES[quantity].label[write.language],
    ...facts.map((fact) => `  ${fact}`),
    ...write.bars(medium),
  ];
}

/** The parts of a report in one language. */
class Writing {
  readonly language: Language;
  readonly #t: (typeof REPORT_TEXTS)[Language];

  constructor(language: Language) {
    this.language = language;
    this.#t = REPORT_TEXTS[language];
  }

  number(value: number, digits: number): string {
    return value.toLocaleString(this.language, {
      maximumFractionDigits: digits,
      minimumFractionDigits: digits === 2 ? 2 : 0,
    });
  }

  percent(share: number): string {
    return share.toLocaleString(this.language, { style: 'percent', maximumFractionDigits: 1 });
  }

  /** `1.8% of it estimated`; nothing where that is next to nothing. */
  estimatedPart(estimated: number, known: number): string {
    const share = known > 0 ? estimated / known : 0;
    return share >= SHOWN_SHARE ? this.#t.estimated(this.percent(share)) : '';
  }

  signed(share: number): string {
    return `${share > 0 ? '+' : ''}${this.percent(share)}`;
  }

  /** `12 m³`, `12 m³ of what is known`, or that it is not known; with what of it is estimated. */
  sum(
    { value, known, estimated }: Pick<Sum, 'value' | 'known' | 'estimated'>,
    unit: string,
    digits: number,
  ): string {
    const t = this.#t;
    if (known === null) return `${unit}: ${t.unknown}`;
    const told = `${this.number(known, digits)} ${unit}${value === null ? ` ${t.ofWhatIsKnown}` : ''}`;
    const part = this.estimatedPart(estimated, known);
    return part === '' ? told : `${told}, ${part}`;
  }

  energies(pcs: Sum, pci: Sum): string {
    if (pcs.known === pci.known) return this.sum(pcs, 'kWh', 1);
    if (pci.known === null) return this.sum(pcs, 'kWh PCS', 1);
    return `${this.sum(pcs, 'kWh PCS', 1)} = ${this.number(pci.known, 1)} kWh PCI`;
  }

  published({ code, operator, published }: ReportedPoint, days: number): string[] {
    if (published === null) return [];
    const { pcs_kWh, hours } = published;
    const who = operator?.toUpperCase() ?? code;
    return [
      this.#t.published(who, this.number(pcs_kWh, 1), this.number(hours / 24, 1), this.number(days, 1)),
    ];
  }

  costLines(points: readonly ReportedPoint[]): string[] {
    const t = this.#t;
    const nameOf = ({ kind, name }: CostLine) =>
      kind === 'fixed'
        ? name
        : Object.hasOwn(t.classes, name)
          ? t.classes[name as keyof typeof t.classes]
          : name;
    const rows = points.flatMap(({ code, cost }) =>
      (cost?.lines ?? []).map((line) => [
        points.length > 1 ? code : '',
        `${line.tariff} ${t.since} ${line.since}`,
        nameOf(line),
        line.use === null ? t.fixed : `${this.number(line.use, 1)} ${line.unit === 'm3' ? 'm³' : 'kWh'}`,
        `${this.number(line.cost_EUR, 2)} €`,
        this.estimatedPart(line.estimated_EUR, line.cost_EUR),
      ]),
    );
    if (rows.length === 0) return [];
    return aligned(rows, new Set([3, 4]))
      .split('\n')
      .map((line) => `  ${line}`);
  }

  factors(points: readonly ReportedPoint[]): string[] {
    const told = points.flatMap(({ carbon }) =>
      (carbon?.factors ?? []).map(({ gramsPerUnit, per, source }) =>
        this.#t.factor(this.number(gramsPerUnit, 1), PER[per], source),
      ),
    );
    return [...new Set(told)].map((line) => `  ${line}`);
  }

  comparison({ quantity, comparison }: ReportedMedium, station: string | null): string[] {
    const t = this.#t;
    if (comparison === null) return [t.noComparison];
    const { months, relative, weather } = comparison;
    const raw = relative === null ? [] : [t.against(months, this.signed(relative))];
    if (weather === null) return station === null && HEATS.has(quantity) ? [...raw, t.noStation] : raw;
    const methods = (['meteo', 'costic'] as const).map((method) => {
      const { relative: change } = weather[method];
      const [now, before] = [weather.now[method], weather.before[method]];
      if (change === null || now === null || before === null) return t.noWeather(method, weather.station);
      return t.weather(
        method,
        this.signed(change),
        this.number(now, 0),
        this.number(before, 0),
        weather.station,
      );
    });
    return [...raw, ...methods];
  }

  similar({ similar }: ReportedMedium, unit: string): string {
    const t = this.#t;
    if ('none' in similar) return t.noSimilar[similar.none];
    const { per, used, quarter, others, median } = similar;
    return t.similar(`${this.number(used, 2)} ${unit}`, t.per[per], quarter, others, this.number(median, 2));
  }

  profile({ profile }: ReportedMedium, unit: string): string {
    const t = this.#t;
    if (profile === null || profile.baseLoad === null || profile.nightShare === null) return t.noProfile;
    const base = `${this.number(profile.baseLoad, 3)} ${unit}/h`;
    return t.profile(base, this.percent(profile.nightShare), profile.wholeDays);
  }

  /** What cannot be told: of each reason and length of time the points. */
  unknown(points: readonly ReportedPoint[]): string[] {
    const t = this.#t;
    const told = points.flatMap(({ code, use, energy, cost, carbon }) => {
      const said = new Set<string>();
      return [use, energy?.pcs_kWh ?? null, cost, carbon].flatMap((amount: Amount | null) => {
        if (amount === null || amount.unknown === null) return [];
        const fresh = amount.unknown.reasons.filter((reason) => !said.has(reason));
        for (const reason of fresh) said.add(reason);
        return fresh.length === 0 ? [] : [{ code, fresh, hours: amount.unknown.hours }];
      });
    });
    const alike = Map.groupBy(told, ({ fresh, hours }) => `${fresh.join(' ')} ${hours}`);
    return Array.from(alike.values(), (some) => {
      const [{ fresh, hours } = { fresh: [], hours: 0 }] = some;
      const names = some.slice(0, SHOWN_POINTS).map(({ code }) => code);
      if (some.length > SHOWN_POINTS) names.push(t.more(some.length - SHOWN_POINTS));
      const reasons = fresh.map((reason) => t.reasons[reason as keyof typeof t.reasons]).join(', ');
      return t.unknownAt(names.join(', '), this.number(hours / 24, 1), reasons);
    });
  }

  bars({ months }: ReportedMedium): string[] {
    const most = Math.max(1e-6, ...months.flatMap(({ known, yearBefore }) => [known ?? 0, yearBefore ?? 0]));
    const bar = (value: number | null, mark: string) =>
      mark.repeat(Math.max(value === null || value <= 0 ? 0 : 1, Math.round((BAR * (value ?? 0)) / most)));
    const width = Math.max(0, ...months.map(({ known }) => this.number(known ?? 0, 1).length));
    return months.flatMap(({ from, value, known, estimated, yearBefore }) => {
      const label = from.endsWith('-01') ? from.slice(0, 7) : from;
      const doubt = value === null ? ' ?' : estimated > DOUBTFUL_SHARE * (known ?? 0) ? ' ~' : '';
      const text = known === null ? '?' : this.number(known, 1);
      const now = `  ${label}  ${text.padStart(width)}  ${bar(known, '█')}${doubt}`;
      return yearBefore === null
        ? [now]
        : [now, `  ${' '.repeat(label.length + width + 2)}  ${bar(yearBefore, '░')}`];
    });
  }
}
