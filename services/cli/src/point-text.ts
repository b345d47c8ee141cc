import { QUANTITIES, type Quantity } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import type { InstallationRecord, MeteringPoint, PointStory } from '@veilleur/store';
import { describeFinding } from './finding-text.ts';

const TEXTS = {
  en: {
    none: 'No metering point yet. veilleur point add makes one.',
    point: 'point',
    kind: 'kind',
    meters: 'meters',
    site: 'site',
    devices: 'devices',
    lastReading: 'last reading',
    never: 'none yet',
    installations: 'Devices at this point, the oldest first:',
    noInstallation: 'No device stands here. veilleur point install puts one here.',
    since: 'from',
    always: 'its first reading',
    until: 'until',
    today: 'today',
    superseded: (by: number | null) => (by === null ? 'withdrawn' : `corrected, see ${by}`),
    waiting: (devices: string) =>
      `${devices} names this point since its provisioning, and tells another quantity: say what a pulse is worth with veilleur point install.`,
    findings: 'What the readings show, the newest first:',
    partOf: 'part of',
  },
  fr: {
    none: 'Aucun point de comptage. veilleur point add en crée un.',
    point: 'point',
    kind: 'type',
    meters: 'mesure',
    site: 'site',
    devices: 'capteurs',
    lastReading: 'dernier relevé',
    never: 'aucun',
    installations: 'Les capteurs à ce point, le plus ancien d’abord :',
    noInstallation: 'Aucun capteur ici. veilleur point install en pose un.',
    since: 'depuis',
    always: 'son premier relevé',
    until: 'jusqu’à',
    today: 'aujourd’hui',
    superseded: (by: number | null) => (by === null ? 'retiré' : `corrigé, voir ${by}`),
    waiting: (devices: string) =>
      `${devices} nomme ce point depuis sa mise en service, et transmet une autre grandeur : dites ce que vaut une impulsion avec veilleur point install.`,
    findings: 'Ce que montrent les relevés, le plus récent d’abord :',
    partOf: 'fait partie de',
  },
} as const;

export const unitOf = (quantity: Quantity) =>
  QUANTITIES[quantity].unit.replace('kW.h', 'kWh').replace('m3', 'm³');

export function describePoints(points: readonly MeteringPoint[], language: Language): string {
  const t = TEXTS[language];
  if (points.length === 0) return t.none;
  const head = [t.point, t.kind, t.meters, t.site, t.devices, t.lastReading];
  const rows = points.map(({ code, kind, quantity, site, devices, lastReading }) => [
    code,
    kind,
    QUANTITIES[quantity].label[language],
    site ?? '',
    devices.join(' '),
    lastReading?.toISOString() ?? t.never,
  ]);
  return aligned([head, ...rows]);
}

/** Columns under each other; those of `right` are numbers. */
export function aligned(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()) {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  const cell = (text: string, i: number) =>
    right.has(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

export function describePoint(story: PointStory, language: Language): string {
  const t = TEXTS[language];
  const { code, name, kind, quantity, operator, site, parent, timeZone, lastReading } = story;
  const facts = [
    kind,
    `${QUANTITIES[quantity].label[language]}, ${unitOf(quantity)}`,
    operator,
    site === null ? null : `${t.site} ${site}`,
    parent === null ? null : `${t.partOf} ${parent}`,
    timeZone,
  ];
  return [
    `${code}${name === null ? '' : ` (${name})`}: ${facts.filter((fact) => fact !== null).join(', ')}`,
    `${t.lastReading}: ${lastReading?.toISOString() ?? t.never}`,
    '',
    ...(story.installations.length === 0
      ? [t.noInstallation]
      : [t.installations, ...story.installations.map((one) => `  ${describeInstallation(one, language)}`)]),
    ...(story.waiting.length === 0 ? [] : ['', t.waiting(story.waiting.join(', '))]),
    ...(story.findings.length === 0 ? [] : ['', t.findings]),
    ...story.findings.map(
      (finding) => `  ${finding.at.toISOString()}  ${describeFinding(finding, unitOf(quantity), language)}`,
    ),
  ].join('\n');
}

function describeInstallation(one: InstallationRecord, language: Language): string {
  const t = TEXTS[language];
  const { numerator, denominator } = one.factor;
  const weight = denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
  const told = one.deviceChannel === 0 ? one.deviceQuantity : `${one.deviceQuantity} #${one.deviceChannel}`;
  const parts = [
    `${one.id}  ${one.devEui}`,
    `${t.since} ${one.from?.toISOString() ?? t.always} ${t.until} ${one.to?.toISOString() ?? t.today}`,
    `${told} × ${weight} ${unitOf(one.quantity)}${one.channel === 0 ? '' : ` → #${one.channel}`}`,
    ...(one.meterSerial === null ? [] : [one.meterSerial]),
    one.reason,
    ...(one.supersededAt === null ? [] : [`[${t.superseded(one.supersededBy)}]`]),
  ];
  return parts.join('  ');
}
