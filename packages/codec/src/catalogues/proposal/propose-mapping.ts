import { QUANTITIES, type Quantity } from '@veilleur/domain';

import { readDeviceTime } from '../../device-time.ts';
import type { MappingEntry } from '../../mapping.ts';
import { readFieldName } from './field-name.ts';
import { type Judgement, judgeField } from './judge-field.ts';
import type { Confidence } from './judge-unit.ts';
import { collectFields, type SampleField, textOfPath } from './sample-field.ts';
import { FORWARD_WORDS, RETURN_WORDS, TEMPERATURE_WORDS, TIME_WORDS } from './vocabulary.ts';

export interface ProposedEntry {
  readonly entry: MappingEntry;
  readonly confidence: Confidence;
  /** One sentence for the person who confirms it. */
  readonly why: string;
}

export interface ProposedMapping {
  /** Valid for `compileMapping` as they stand, in the order of the fields. */
  readonly entries: readonly ProposedEntry[];
  readonly unmapped: readonly { readonly path: string; readonly why: string }[];
}

interface Candidate {
  readonly field: SampleField;
  readonly judgement: Judgement & { kind: 'quantity' };
}

const RANK: Readonly<Record<Confidence, number>> = { high: 2, medium: 1, low: 0 };

/**
 * What a stranger's decoder measures, proposed from what it returned: field names (English, French and
 * the usual abbreviations), units in or beside them, and the values. Cautious: a field that is missing
 * from the mapping is seen and added, a wrong one is believed.
 */
export function proposeMapping(samples: readonly unknown[]): ProposedMapping {
  const { fields, unreachable } = collectFields(samples);
  const isHeat = isHeatMeter(fields);
  const unmapped = [...unreachable];
  const candidates: Candidate[] = [];
  const lists = new Map(fields.flatMap(({ each }) => (each === undefined ? [] : [[each.join('.'), each]])));
  const keys = new Map([...lists].map(([text, each]) => [text, keysOfList(fields, each)]));
  for (const field of fields) {
    const list = field.each === undefined ? undefined : keys.get(field.each.join('.'));
    const judgement = isHeat ? ofHeatMeter(judgeField(field)) : judgeField(field);
    if (list !== undefined && (list.time === field || list.channel === field)) continue;
    if (judgement.kind === 'none') {
      unmapped.push({ path: textOfPath(field), why: judgement.why });
    } else if (list !== undefined && list.time === undefined && list.channel === undefined) {
      unmapped.push({
        path: textOfPath(field),
        why: 'its samples carry neither a time nor a channel that can be read',
      });
    } else {
      candidates.push({ field, judgement });
    }
  }
  const { kept, dropped } = withoutRepetitions(candidates);
  for (const { field, instead } of dropped) {
    unmapped.push({ path: textOfPath(field), why: `the same reading as ${textOfPath(instead)}` });
  }
  return { entries: withChannels(kept, keys), unmapped };
}

interface ListKeys {
  readonly time: SampleField | undefined;
  readonly channel: SampleField | undefined;
}

/** What tells the elements of a list apart: a time that the mapping can read, or a channel's number. */
function keysOfList(fields: readonly SampleField[], each: readonly string[]): ListKeys {
  const own = fields.filter((field) => field.each?.join('.') === each.join('.') && field.path.length === 1);
  const isNamed = (field: SampleField, words: ReadonlySet<string>) =>
    readFieldName(field.path[0] ?? '').words.every((word) => words.has(word));
  return {
    time: own.find((field) => isNamed(field, TIME_WORDS) && field.values.every(isTime)),
    channel: own.find((field) => isNamed(field, CHANNEL_WORDS) && field.values.every(isChannel)),
  };
}

const CHANNEL_WORDS: ReadonlySet<string> = new Set(['channel', 'ch', 'canal', 'input', 'port']);

/** Milliseconds would be read as seconds and land in the far future, so years decide. */
function isTime(value: unknown): boolean {
  const year = readDeviceTime(value)?.getUTCFullYear();
  return year !== undefined && year >= 2000 && year < 2100;
}

function isChannel(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

const OF_HEAT_METER: ReadonlyMap<Quantity, Quantity> = new Map([
  ['active_energy_import', 'heat_energy'],
  ['active_power', 'thermal_power'],
  ['water_volume', 'carrier_volume'],
]);

/** Codecs of heat meters say `energy` and `volume` like all others; the two temperatures give them away. */
function isHeatMeter(fields: readonly SampleField[]): boolean {
  const names = fields.map(({ path }) => readFieldName(path.join('_')).words);
  const hasTemperature = (side: ReadonlySet<string>) =>
    names.some(
      (words) => words.some((word) => side.has(word)) && words.some((word) => TEMPERATURE_WORDS.has(word)),
    );
  return hasTemperature(FORWARD_WORDS) && hasTemperature(RETURN_WORDS);
}

function ofHeatMeter(judgement: Judgement): Judgement {
  const instead = judgement.kind === 'quantity' ? OF_HEAT_METER.get(judgement.quantity) : undefined;
  if (judgement.kind !== 'quantity' || instead === undefined) return judgement;
  const why = `${judgement.why}; with a flow and a return temperature beside it, of a heat meter`;
  // Their power is given in W and in kW alike.
  const confidence = judgement.confidence === 'high' ? 'high' : 'low';
  return { ...judgement, quantity: instead, confidence, why };
}

/** One reading in two units, or as a number and as a text, is one measurement: the surest field stays. */
function withoutRepetitions(candidates: readonly Candidate[]): {
  kept: Candidate[];
  dropped: { field: SampleField; instead: SampleField }[];
} {
  const best = new Map<string, Candidate>();
  const key = ({ field, judgement: { quantity, reading, number } }: Candidate) =>
    [field.each?.join('.'), field.path.slice(0, -1).join('.'), quantity, number, reading].join('|');
  for (const candidate of candidates) {
    const rival = best.get(key(candidate));
    if (rival === undefined || RANK[candidate.judgement.confidence] > RANK[rival.judgement.confidence]) {
      best.set(key(candidate), candidate);
    }
  }
  const kept: Candidate[] = [];
  const dropped: { field: SampleField; instead: SampleField }[] = [];
  for (const candidate of candidates) {
    const winner = best.get(key(candidate)) ?? candidate;
    if (winner === candidate) kept.push(candidate);
    else dropped.push({ field: candidate.field, instead: winner.field });
  }
  return { kept, dropped };
}

/** (Quantity, channel) is one measurement a frame, so several temperatures need channels. */
function withChannels(
  candidates: readonly Candidate[],
  keys: ReadonlyMap<string, ListKeys>,
): ProposedEntry[] {
  const taken = new Map<string, SampleField>();
  const slot = (quantity: string, channel: number, each: SampleField['each']) =>
    `${quantity} ${channel} ${each?.join('.') ?? ''}`;
  // Numbers in names choose first; the others take what is left.
  const order = candidates.toSorted(
    (a, b) => Number(a.judgement.number === undefined) - Number(b.judgement.number === undefined),
  );
  const channels = new Map<Candidate, { channel: number; beside: SampleField | undefined }>();
  for (const candidate of order) {
    const { quantity, number } = candidate.judgement;
    let channel = number ?? 0;
    const beside = taken.get(slot(quantity, channel, candidate.field.each));
    while (taken.has(slot(quantity, channel, candidate.field.each))) channel += 1;
    taken.set(slot(quantity, channel, candidate.field.each), candidate.field);
    channels.set(candidate, { channel, beside });
  }
  return candidates.map((candidate) => {
    const { field, judgement } = candidate;
    const { channel, beside } = channels.get(candidate) ?? { channel: 0, beside: undefined };
    const list = field.each === undefined ? undefined : keys.get(field.each.join('.'));
    const isDoubtful = beside !== undefined && list?.channel === undefined;
    return {
      entry: entryOf(candidate, channel, list),
      confidence: isDoubtful && judgement.confidence === 'high' ? 'medium' : judgement.confidence,
      why: isDoubtful
        ? `${judgement.why}; on channel ${channel}, for ${textOfPath(beside)} is ${QUANTITIES[judgement.quantity].label.en.toLowerCase()} as well`
        : judgement.why,
    };
  });
}

function entryOf({ field, judgement }: Candidate, channel: number, list: ListKeys | undefined): MappingEntry {
  const { quantity, unit } = judgement;
  return {
    quantity,
    ...(field.each === undefined ? {} : { each: field.each.join('.') }),
    field: field.path.join('.'),
    ...(unit === undefined ? {} : { unit }),
    ...(list?.time === undefined ? {} : { time: list.time.path.join('.') }),
    ...(list?.channel !== undefined
      ? { channel: { field: list.channel.path.join('.') } }
      : channel === 0
        ? {}
        : { channel }),
  };
}
