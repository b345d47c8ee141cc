import type { Language } from '@veilleur/runtime';
import type { DeviceLedger, LedgerState, LostSpan, Why } from '@veilleur/store';
import type { DeviceDetail, LedgerReport } from './ledger.ts';

/** How the ledger of a fleet reads: a line a device, the worst first, and what they come to. */
export function describeFleet(report: LedgerReport, language: Language): string {
  const words = WORDS[language];
  const { devices, totals } = report;
  if (totals.counters === 0) return words.nothing;
  const columns = COLUMNS.filter(
    ({ of }) => of === undefined || of.some((state) => totals.states[state] > 0) || SHOWN_ALWAYS.has(of[0]),
  );
  const rows = [
    [words.device, ...columns.map(({ name }) => words[name])],
    ...devices.map((device) => [device.devEui, ...columns.map(({ of }) => cell(device, of))]),
    [`${words.total} (${totals.devices})`, ...columns.map(({ of }) => cell(totals, of))],
  ];
  const hidden = totals.devices - devices.length;
  return [
    ...table(rows),
    ...(hidden > 0 ? [words.hidden(hidden)] : []),
    '',
    words.deliveredAgain(report.deliveredAgain),
    ...notesOf(report, language),
  ].join('\n');
}

/** How the ledger of one device reads: its counts, then each gap with the reason. */
export function describeDevice(report: LedgerReport, detail: DeviceDetail, language: Language): string {
  const words = WORDS[language];
  const [device] = report.devices;
  if (device === undefined) return words.nothing;
  const shares = Object.entries(device.states)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `  ${String(count).padStart(8)}  ${STATES[language][state as LedgerState]}`);
  return [
    `${device.devEui}${device.name === null ? '' : ` ${device.name}`}`,
    words.span(device),
    ...shares,
    ...(device.repeated > 0 ? [words.repeated(device.repeated)] : []),
    ...(detail.refused > 0 ? [words.refused(detail.refused)] : []),
    words.deliveredAgain(report.deliveredAgain),
    ...(detail.lost.length > 0 ? ['', words.lost] : []),
    ...detail.lost.map((span) => describeSpan(span, language)),
    ...notesOf(report, language),
  ].join('\n');
}

function describeSpan(span: LostSpan, language: Language): string {
  const { fCntFrom, fCntTo, count, after, before, state, why } = span;
  const counters = fCntFrom === fCntTo ? `${fCntFrom}` : `${fCntFrom}..${fCntTo}`;
  const all = fCntTo - fCntFrom + 1;
  const share = all > 0 && count < all ? ` (${WORDS[language].some(count, all)})` : '';
  const time = (at: Date) => at.toISOString().replace('.000Z', 'Z');
  return `  ${counters}${share}  ${time(after)} .. ${time(before)}  ${STATES[language][state]}: ${WHY[language][why]}`;
}

function notesOf({ notes }: LedgerReport, language: Language): string[] {
  return notes.map((note) => NOTES[language][note.note](note.count));
}

interface Column {
  readonly name: 'counters' | 'stored' | 'undecoded' | 'radio' | 'afterLns' | 'unexplained' | 'sessions';
  /** The states that it sums up; none: the number of the ledger of that name. */
  readonly of?: readonly LedgerState[];
}

const COLUMNS: readonly Column[] = [
  { name: 'counters' },
  { name: 'stored', of: ['decoded', 'no_payload'] },
  { name: 'undecoded', of: ['failed', 'no_profile', 'encrypted', 'waiting'] },
  { name: 'radio', of: ['lost_on_radio'] },
  { name: 'afterLns', of: ['lost_after_lns'] },
  { name: 'unexplained', of: ['unexplained'] },
];
const SHOWN_ALWAYS: ReadonlySet<LedgerState | undefined> = new Set<LedgerState>([
  'decoded',
  'failed',
  'unexplained',
]);

function cell(
  ledger: Pick<DeviceLedger, 'counters' | 'states'>,
  of: readonly LedgerState[] | undefined,
): string {
  if (of === undefined) return String(ledger.counters);
  return String(of.reduce((sum, state) => sum + ledger.states[state], 0));
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const STATES: Readonly<Record<Language, Readonly<Record<LedgerState, string>>>> = {
  en: {
    decoded: 'stored and decoded',
    no_payload: 'stored, nothing to decode (MAC commands alone)',
    failed: 'stored, its decoder failed',
    no_profile: 'stored, no profile yet',
    encrypted: 'stored, encrypted end to end',
    waiting: 'stored, its decoder is on hold',
    lost_on_radio: 'lost on the radio',
    lost_after_lns: 'lost after the network server',
    unexplained: 'unexplained',
  },
  fr: {
    decoded: 'enregistrées et décodées',
    no_payload: 'enregistrées, rien à décoder (commandes MAC seules)',
    failed: 'enregistrées, décodage en échec',
    no_profile: 'enregistrées, sans profil',
    encrypted: 'enregistrées, chiffrées de bout en bout',
    waiting: 'enregistrées, décodeur suspendu',
    lost_on_radio: 'perdues sur la radio',
    lost_after_lns: 'perdues après le serveur réseau',
    unexplained: 'inexpliquées',
  },
};

const WHY: Readonly<Record<Language, Readonly<Record<Why, string>>>> = {
  en: {
    retransmission_logged: 'the server logged that the device sent it again, so it had it before',
    event_without_frame: 'a status, acknowledgement or codec error came without the uplink that brought it',
    in_record: "the server's record has it",
    not_in_record: "the server's record of these hours has it not",
    counted_by_lns: 'the server counted more uplinks in these hours than are here',
    not_counted_by_lns: 'the server counted no more uplinks in these hours',
    nothing_known: 'nothing of the server tells',
  },
  fr: {
    retransmission_logged: 'le serveur a noté que l’appareil la répétait : il l’avait déjà',
    event_without_frame: 'un état, acquittement ou échec de codec est venu sans la trame qui l’apportait',
    in_record: 'le journal du serveur la contient',
    not_in_record: 'le journal du serveur pour ces heures ne la contient pas',
    counted_by_lns: 'le serveur a compté plus de trames dans ces heures qu’il n’y en a ici',
    not_counted_by_lns: 'le serveur n’a pas compté davantage de trames dans ces heures',
    nothing_known: 'rien du serveur ne le dit',
  },
};

const WORDS = {
  en: {
    nothing: 'No frame in this span.',
    device: 'device',
    counters: 'counters',
    sessions: 'sessions',
    stored: 'stored',
    undecoded: 'undecoded',
    radio: 'radio',
    afterLns: 'after server',
    unexplained: 'unexplained',
    total: 'all',
    lost: 'Missing counters:',
    hidden: (count: number) => `${count} more devices (--limit).`,
    some: (count: number, all: number) => `${count} of these ${all}, which ones is not known`,
    span: ({ frames, counters, sessions, firstAt, lastAt }: DeviceLedger) =>
      `${counters} counters of ${sessions} session${sessions === 1 ? '' : 's'}, ${frames} frames, ${firstAt.toISOString()} .. ${lastAt.toISOString()}`,
    repeated: (count: number) => `  and ${count} more frames under counters that the device used already`,
    refused: (count: number) =>
      `  and ${count} frames that the server refused, for their counter fell: let the device rejoin, or switch off its frame-counter check.`,
    deliveredAgain: (count: number | null) =>
      count === null
        ? 'How often a stored frame was delivered again is not known: a delivery that changes nothing leaves no row. /metrics counts them for each bridge.'
        : `The record has ${count} uplinks again; each is stored once.`,
  },
  fr: {
    nothing: 'Aucune trame dans cette période.',
    device: 'appareil',
    counters: 'compteurs',
    sessions: 'sessions',
    stored: 'enregistrées',
    undecoded: 'non décodées',
    radio: 'radio',
    afterLns: 'après serveur',
    unexplained: 'inexpliquées',
    total: 'tous',
    lost: 'Compteurs manquants :',
    hidden: (count: number) => `${count} autres appareils (--limit).`,
    some: (count: number, all: number) => `${count} parmi ces ${all}, on ne sait lesquelles`,
    span: ({ frames, counters, sessions, firstAt, lastAt }: DeviceLedger) =>
      `${counters} compteurs de ${sessions} session${sessions === 1 ? '' : 's'}, ${frames} trames, ${firstAt.toISOString()} .. ${lastAt.toISOString()}`,
    repeated: (count: number) =>
      `  et ${count} autres trames sous des compteurs déjà utilisés par l’appareil`,
    refused: (count: number) =>
      `  et ${count} trames refusées par le serveur, leur compteur ayant reculé : faire rejoindre l’appareil, ou désactiver le contrôle des compteurs.`,
    deliveredAgain: (count: number | null) =>
      count === null
        ? 'On ne sait combien de fois une trame enregistrée a été livrée à nouveau : une livraison qui ne change rien ne laisse pas de ligne. /metrics les compte pour chaque pont.'
        : `Le journal contient ${count} trames à nouveau ; chacune est enregistrée une fois.`,
  },
} as const;

const NOTES: Readonly<
  Record<Language, Readonly<Record<LedgerReport['notes'][number]['note'], (count: number) => string>>>
> = {
  en: {
    untimed: (count) => `${count} uplinks of the record name no time and were left out.`,
    unknown_to_lns: (count) =>
      `ChirpStack knows nothing of ${count} devices, or this key may not ask for them.`,
    beyond: (count) =>
      `The record has ${count} uplinks beyond the last frame of a session, or of devices never heard here: they are counted as lost after the network server.`,
  },
  fr: {
    untimed: (count) => `${count} trames du journal n’ont pas d’heure et ont été laissées de côté.`,
    unknown_to_lns: (count) => `ChirpStack ne connaît pas ${count} appareils, ou cette clé n’y a pas droit.`,
    beyond: (count) =>
      `Le journal contient ${count} trames au-delà de la dernière d’une session, ou d’appareils jamais entendus ici : elles comptent comme perdues après le serveur réseau.`,
  },
};
