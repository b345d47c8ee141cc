import type { Language } from '@veilleur/runtime';
import type { Finding } from '@veilleur/simulators';
import { lostFrames, type SimulationReport } from './simulate-report.ts';

const MOST_FINDINGS_SHOWN = 20;

const TEXTS = {
  en: {
    emissions: 'frames sent by devices',
    lost: 'lost on the radio',
    published: 'messages published',
    duplicates: 'of which known already (duplicates)',
    stored: 'new frames and events stored',
    noDatabase: 'no database to ask',
    perSecond: 'a second',
    latency: 'from publication to the database',
    generator: 'generator',
    sha: 'SHA-256 of all messages',
    interrupted: 'ended early',
    compared: 'compared',
    differ: 'differ',
    notCompared: 'NOT COMPARED: without a database (--database-url) nothing is known of what arrived',
    notAsked: 'not compared',
    leftOut: {
      consumption: 'not compared (no metering points)',
      alerts: 'not compared (no rules watched as simulated time passed)',
    },
    points: 'metering points made known',
    settled: 'consumption settled after the last frame',
    unsettled: 'NOT SETTLED',
    seconds: 's',
    gateway: 'NOT COMPARED: which frames a real network server accepts is for it to say (veilleur ledger)',
    well: 'All is as it was simulated.',
    ill: (count: string) => `${count} DIFFERENCES. The worst:`,
    expected: 'expected',
    found: 'found',
    missed: 'EXPECTATION MISSED',
    share: 'of the devices, chosen by the seed, were compared value by value',
    alerts: {
      found: (found: string, faults: string) => `${found} of ${faults} found`,
      after: (hours: string) => `half of them within ${hours} h`,
      raised: (alerts: string, unexplained: string) => `${alerts} alerts, ${unexplained} without a fault`,
    },
    comparisons: {
      frames: 'frames, one by one',
      events: 'joins, status answers, logs',
      registers: 'stored indexes against physics',
      states: 'alarms, powers and levels of devices with faults',
      consumption: 'consumption against physics',
      alerts: 'alerts against faults',
    },
  },
  fr: {
    emissions: 'trames émises par les appareils',
    lost: 'perdues en radio',
    published: 'messages publiés',
    duplicates: 'dont déjà connus (doublons)',
    stored: 'trames et événements nouveaux enregistrés',
    noDatabase: 'aucune base à interroger',
    perSecond: 'par seconde',
    latency: 'de la publication à la base',
    generator: 'générateur',
    sha: 'SHA-256 de tous les messages',
    interrupted: 'interrompue',
    compared: 'comparés',
    differ: 'diffèrent',
    notCompared: 'NON COMPARÉ : sans base de données (--database-url), on ne sait rien de ce qui est arrivé',
    notAsked: 'non comparé',
    leftOut: {
      consumption: 'non comparées (sans points de comptage)',
      alerts: 'non comparées (aucune règle n’a suivi le temps simulé)',
    },
    points: 'points de comptage déclarés',
    settled: 'consommations établies après la dernière trame',
    unsettled: 'PAS ÉTABLIES',
    seconds: 's',
    gateway: 'NON COMPARÉ : c’est au serveur réseau de dire quelles trames il accepte (veilleur ledger)',
    well: 'Tout est comme simulé.',
    ill: (count: string) => `${count} DIFFÉRENCES. Les pires :`,
    expected: 'attendu',
    found: 'trouvé',
    missed: 'ATTENTE NON TENUE',
    share: 'des appareils, choisis par la graine, ont été comparés valeur par valeur',
    alerts: {
      found: (found: string, faults: string) => `${found} sur ${faults} trouvées`,
      after: (hours: string) => `la moitié en ${hours} h`,
      raised: (alerts: string, unexplained: string) => `${alerts} alertes, ${unexplained} sans panne`,
    },
    comparisons: {
      frames: 'les trames, une à une',
      events: 'connexions, états, journaux',
      registers: 'les index enregistrés et la physique',
      states: 'alarmes, puissances et niveaux des appareils en panne',
      consumption: 'les consommations et la physique',
      alerts: 'les alertes et les pannes',
    },
  },
} as const;

/** What a simulation came to, for people. */
export function summaryOf(report: SimulationReport, language: Language): string {
  const t = TEXTS[language];
  const n = (value: number, digits = 0) =>
    value.toLocaleString(language, { maximumFractionDigits: digits, minimumFractionDigits: digits });
  const { verdict, latency, published, stored } = report;
  const causes = Object.entries(report.lost).filter(([, count]) => count > 0);
  const lost = lostFrames(report);
  const seconds = report.storedSeconds || report.seconds;
  const rows: (readonly [string, string])[] = [
    [t.emissions, n(report.emissions)],
    [
      t.lost,
      `${n(lost)}${causes.length === 0 ? '' : ` (${causes.map(([cause, count]) => `${cause} ${n(count)}`).join(', ')})`}`,
    ],
    [t.published, `${n(published.published)}  ${n(published.published / report.seconds)} ${t.perSecond}`],
    [t.duplicates, n(report.duplicates)],
    ...(report.mode !== 'run'
      ? []
      : [
          [
            t.stored,
            stored === null ? t.noDatabase : `${n(stored)}  ${n(stored / seconds)} ${t.perSecond}`,
          ] as const,
        ]),
    ...(latency === null
      ? []
      : [[t.latency, `p50 ${n(latency.p50_ms)} ms, p99 ${n(latency.p99_ms)} ms`] as const]),
    ...(report.points === null
      ? []
      : [
          [t.points, `${n(report.points.added)}  ${n(report.points.addedSeconds, 1)} ${t.seconds}`] as const,
          [
            t.settled,
            report.points.settledSeconds === null
              ? t.unsettled
              : `${n(report.points.settledSeconds, 1)} ${t.seconds}`,
          ] as const,
        ]),
    [t.generator, `${n(report.generator.cpuSeconds, 1)} s CPU, ${n(report.generator.memoryMB)} MB`],
    ...(report.sha256 === null ? [] : [[t.sha, report.sha256] as const]),
  ];
  const { network } = report;
  if (network !== null) {
    rows.push(...Object.entries(network).map(([name, count]) => [name, n(count)] as const));
  }
  const title = `${report.scenario}  ${day(report.from)} – ${day(report.until)}  ${n(report.devices)} ${language === 'fr' ? 'appareils' : 'devices'}, ${language === 'fr' ? 'graine' : 'seed'} ${report.seed}${report.isInterrupted ? `  (${t.interrupted})` : ''}`;
  return [title, ...aligned(rows), '', ...verdictLines(report, verdict, t, n)].join('\n');
}

type Texts = (typeof TEXTS)[Language];
type Format = (value: number, digits?: number) => string;

function verdictLines(
  report: SimulationReport,
  verdict: SimulationReport['verdict'],
  t: Texts,
  n: Format,
): string[] {
  const missed = report.missed.map(
    ({ expectation, expected, found }) =>
      `${t.missed}: ${expectation}, ${t.expected} ${expected}, ${t.found} ${Number(found.toPrecision(4))}`,
  );
  if (verdict === null) {
    if (report.level === 'gateway') return [t.gateway, ...missed];
    const isBlind = report.mode === 'run' && report.compareShare > 0;
    return [...(report.mode !== 'run' ? [] : [isBlind ? t.notCompared : t.notAsked]), ...missed];
  }
  const names: Readonly<Record<string, string>> = t.comparisons;
  const reasons: Readonly<Record<string, string>> = t.leftOut;
  const rows = verdict.comparisons.map(
    ({ name, compared, differences, seconds }) =>
      [
        names[name] ?? name,
        `${n(compared)} ${t.compared}, ${n(differences)} ${t.differ}  (${n(seconds, 1)} s)`,
      ] as const,
  );
  const figuresOf = (comparison: string) =>
    Object.entries(verdict.comparisons.find(({ name }) => name === comparison)?.figures ?? {});
  const sums = figuresOf('registers')
    .filter(([name]) => name.includes(':'))
    .map(([name, value]) => [`  ${name}`, n(value, 3)] as const);
  const consumed = figuresOf('consumption').map(([name, value]) => [`  ${name}`, n(value)] as const);
  const raised = alertRows(new Map(figuresOf('alerts')), t.alerts, n);
  return [
    ...aligned([
      ...rows,
      ...sums,
      ...consumed,
      ...raised,
      ...verdict.notCompared.map((name) => [names[name] ?? name, reasons[name] ?? t.notAsked] as const),
    ]),
    ...(report.compareShare < 1 ? [`  ${n(100 * report.compareShare, 1)} % ${t.share}`] : []),
    '',
    ...(verdict.isWell ? [t.well] : [t.ill(n(verdict.differences)), ...findingLines(verdict.findings, t)]),
    ...missed,
  ];
}

function findingLines(findings: readonly Finding[], t: Texts): string[] {
  return findings.slice(0, MOST_FINDINGS_SHOWN).map(({ kind, devEui, fCnt, at, what, expected, found }) => {
    const place = [devEui, fCnt === null ? null : `fCnt ${fCnt}`, at?.toISOString(), what].filter(Boolean);
    return `  ${kind}  ${place.join('  ')}: ${t.expected} ${expected}, ${t.found} ${found}`;
  });
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}

const day = (date: Date) => date.toISOString().slice(0, 16).replace('T', ' ');

/** A line for each kind of fault that there was, or that rules took something for. */
function alertRows(
  figures: ReadonlyMap<string, number>,
  t: (typeof TEXTS)[Language]['alerts'],
  n: (value: number) => string,
): (readonly [string, string])[] {
  const kinds = new Set(Array.from(figures.keys(), (name) => name.split(':')[0] ?? ''));
  return [...kinds].flatMap((kind) => {
    const of = (figure: string) => figures.get(`${kind}: ${figure}`) ?? 0;
    const hours = figures.get(`${kind}: hours to detection`);
    if (of('faults') + of('unexplained') === 0) return [];
    const told = [
      t.found(n(of('found')), n(of('faults'))),
      ...(hours === undefined ? [] : [t.after(n(hours))]),
      t.raised(n(of('alerts')), n(of('unexplained'))),
    ];
    return [[`  ${kind}`, told.join(', ')] as const];
  });
}
