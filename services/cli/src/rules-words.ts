import { QUANTITIES, type Quantity } from '@veilleur/domain';
import {
  durationText,
  isBounded,
  measuredValue,
  type Rule,
  type RuleOf,
  type Select,
  valueText,
  type When,
} from '@veilleur/rules';
import type { Language } from '@veilleur/runtime';
import { RULE_TEXTS as TEXTS } from './rules-words-texts.ts';

/** A rule in words, line by line: what raises it, when it clears, of which devices. */
export function rulesInWords(rule: Rule, language: Language): string[] {
  const t = TEXTS[language];
  const time = (ms: number) => durationText(ms, language);
  const extras = [
    ...(isBounded(rule) ? boundExtras(rule, language) : []),
    ...('samples' in rule && rule.samples > 1 ? [t.samples(rule.samples)] : []),
    ...(rule.for > 0 ? [t.for(time(rule.for))] : []),
    ...(rule.clearFor > 0 ? [t.clearFor(time(rule.clearFor))] : []),
    ...(rule.hold === undefined ? [] : [t.hold(time(rule.hold))]),
    ...(rule.reopenWithin > 0 ? [t.reopen(time(rule.reopenWithin))] : []),
  ];
  const told = [
    ...(rule.inhibitedBy.length === 0 ? [] : [t.inhibitedBy(rule.inhibitedBy.join(', '))]),
    ...(rule.groupBy === undefined ? [] : [t.groupBy(rule.groupBy)]),
  ];
  const state = rule.enabled ? t.severity[rule.severity] : `${t.severity[rule.severity]}, ${t.disabled}`;
  return [
    `${rule.name} (${state})${t.colon} ${rule.title[language]}`,
    `  ${conditionText(rule, language)}`,
    ...(extras.length === 0 ? [] : [`  ${extras.join(`${t.stop} `)}`]),
    ...(rule.when === undefined ? [] : [`  ${whenText(rule.when, language)}`]),
    `  ${selectText(rule.select, language)}`,
    ...(told.length === 0 ? [] : [`  ${told.join(`${t.stop} `)}`]),
  ];
}

function conditionText(rule: Rule, language: Language): string {
  const t = TEXTS[language];
  const time = (ms: number) => durationText(ms, language);
  const bound = isBounded(rule) ? sideText(rule, language) : '';
  switch (rule.kind) {
    case 'value':
      if (isFlag(rule)) return t.flag(labelOf(rule.quantity, rule.channel, language));
      return t.value(labelOf(rule.quantity, rule.channel, language), bound);
    case 'rate':
      return t.rate(labelOf(rule.quantity, rule.channel, language), bound);
    case 'window': {
      const name =
        rule.function === 'quantile'
          ? `${t.functions.quantile} ${rule.quantile}`
          : t.functions[rule.function];
      const what = labelOf(rule.quantity, rule.channel, language);
      const text = t.window(name, what, time(rule.over), bound);
      return rule.minSamples === 1 ? text : `${text}, ${t.minSamples(rule.minSamples)}`;
    }
    case 'continuous_flow':
      return t.flow(labelOf(rule.quantity, rule.channel, language), time(rule.over), bound);
    case 'night_minimum': {
      const [from, to] = rule.between;
      return t.night(labelOf(rule.quantity, rule.channel, language), from, to, rule.nights, bound);
    }
    case 'past':
      return pastText(rule, language);
    case 'absence':
      return absenceText(rule, language);
    case 'events':
      return t.events(rule.event, time(rule.over), bound);
    case 'expression':
      return rule.given === undefined
        ? t.expression(rule.expression)
        : `${t.expression(rule.expression)}${t.stop} ${t.given(rule.given)}`;
    case 'site': {
      const values = Object.entries(rule.values).map(
        ([name, { aggregate, quantity, channel, above, select }]) =>
          t.siteValue(
            name,
            t.aggregates[aggregate],
            labelOf(quantity, channel, language),
            aggregate === 'count' ? above.toLocaleString(language) : null,
            selectText(select, language),
          ),
      );
      const parts = [t.site(t.levels[rule.level], rule.expression), ...values];
      return [...parts, ...(rule.given === undefined ? [] : [t.given(rule.given)])].join(`${t.stop} `);
    }
    case 'many': {
      const text = t.many(rule.atLeast, rule.by, rule.of.join(', '), time(rule.within));
      return rule.share === 0 ? text : `${text}, ${t.share(percent(rule.share, language))}`;
    }
  }
}

/** A flag is 0 or 1: its bound says nothing to people. */
const isFlag = ({ quantity, above }: RuleOf<'value'>) =>
  QUANTITIES[quantity].kind === 'flag' && above !== undefined && above >= 0 && above < 1;

function pastText(rule: RuleOf<'past'>, language: Language): string {
  const t = TEXTS[language];
  const text = t.past(
    t.functions[rule.function],
    labelOf(rule.quantity, rule.channel, language),
    durationText(rule.over, language),
    t.periods[rule.against.every](rule.against.back),
    t.as[rule.as],
    sideText(rule, language),
  );
  if (rule.atLeast === 0) return text;
  const least = numberOf({ ...rule, as: 'difference' }, rule.atLeast, language);
  return `${text}${t.stop} ${t.atLeast(least)}`;
}

function absenceText(rule: RuleOf<'absence'>, language: Language): string {
  const t = TEXTS[language];
  const what = rule.quantity === undefined ? null : labelOf(rule.quantity, rule.channel, language);
  return rule.after === undefined
    ? t.silentIntervals(what, String(rule.intervals), durationText(rule.atLeast, language))
    : t.silent(what, durationText(rule.after, language));
}

type Bounded = Extract<Rule, { readonly above?: number | undefined }>;

function sideText(rule: Bounded, language: Language): string {
  const t = TEXTS[language];
  return rule.above === undefined
    ? t.below(numberOf(rule, rule.below ?? 0, language))
    : t.above(numberOf(rule, rule.above, language));
}

function boundExtras(rule: Bounded, language: Language): string[] {
  const t = TEXTS[language];
  const { worse, clearAbove, clearBelow } = rule;
  return [
    ...(clearBelow === undefined ? [] : [t.clearsAt(numberOf(rule, clearBelow, language), 'above')]),
    ...(clearAbove === undefined ? [] : [t.clearsAt(numberOf(rule, clearAbove, language), 'below')]),
    ...(worse === undefined
      ? []
      : [t.worse(numberOf(rule, worse.beyond, language), t.severity[worse.severity])]),
  ];
}

function numberOf(rule: Rule, number: number, language: Language): string {
  const value = measuredValue(rule, number);
  if (value === null) return number.toLocaleString(language);
  // Of a bound the sentence says what is counted.
  const isCount = value.of === 'events' || value.of === 'samples' || value.of === 'members';
  return isCount ? number.toLocaleString(language) : valueText(value, language);
}

function labelOf(quantity: Quantity, channel: number, language: Language): string {
  const label = QUANTITIES[quantity].label[language];
  return channel === 0 ? label : `${label} #${channel}`;
}

function selectText({ except, ...select }: Select, language: Language): string {
  const t = TEXTS[language];
  const chosen = choiceText(select, language) || t.everyDevice;
  return except === undefined ? chosen : `${chosen}${t.stop} ${t.except(choiceText(except, language))}`;
}

function choiceText({ tags = {}, ...select }: Omit<Select, 'except'>, language: Language): string {
  const t = TEXTS[language];
  const lists = (['devices', 'profiles', 'media', 'sites'] as const).flatMap((name) => {
    const wanted = select[name];
    return wanted === undefined ? [] : [`${t.select[name]} ${wanted.join(', ')}`];
  });
  const wantedTags = Object.entries(tags).map(
    ([name, wanted]) => `${name} = ${typeof wanted === 'string' ? wanted : wanted.join(' | ')}`,
  );
  return [...lists, ...wantedTags].join(`${t.stop} `);
}

function whenText({ days, months, between, holidays, sunAbove, sunBelow }: When, language: Language): string {
  const t = TEXTS[language];
  const degrees = (value: number) => value.toLocaleString(language);
  const parts = [
    ...(days === undefined ? [] : [days.map((day) => t.days[day]).join(' ')]),
    ...(months === undefined ? [] : [t.months(months.map((month) => monthText(month, language)).join(', '))]),
    ...(between === undefined ? [] : [t.between(...between)]),
    ...(holidays === undefined ? [] : [t.holidays[holidays]]),
    ...(sunAbove === undefined ? [] : [t.sunAbove(degrees(sunAbove))]),
    ...(sunBelow === undefined ? [] : [t.sunBelow(degrees(sunBelow))]),
  ];
  return `${t.when} ${parts.join(', ')}`;
}

const percent = (share: number, language: Language) => share.toLocaleString(language, { style: 'percent' });

const monthText = (month: number, language: Language) =>
  new Date(Date.UTC(2026, month - 1)).toLocaleString(language, { month: 'long', timeZone: 'UTC' });
