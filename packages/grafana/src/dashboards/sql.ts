import type { Language, Text } from '../text.ts';

/** What is chosen above the panels, as SQL text: one value, or several with commas. */
export const chosen = (variable: string) => `\${${variable}:sqlstring}`;

/** The table of consumption by the chosen hour, day or month. */
export const CONSUMPTION = `consumption_\${bucket:raw}`;

/** Now, as the panels see it: the end of the span that is looked at. So the past can be looked at as it was. */
export const AT = '$__timeTo()::timestamptz';

/** A word for each code, in the language of the dashboard. Codes without one stay. */
export function wordFor(
  expression: string,
  words: Readonly<Record<string, Text>>,
  language: Language,
): string {
  const cases = Object.entries(words).map(
    ([code, text]) => `when ${literal(code)} then ${literal(text[language])}`,
  );
  return `case ${expression} ${cases.join(' ')} else ${expression} end`;
}

export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** Where a register has a total (channel 0) it counts, else the tariff registers together do. */
const IS_TOTAL = `(r.channel = 0 or not exists (
    select from consumption_register total
    where total.point_id = r.point_id and total.quantity_id = r.quantity_id and total.channel = 0))`;

/** The chosen site and what is part of it, as a recursive `within (id)`. */
const withinOf = (variable: string) => `within as (
  select id from site where ${chosen(variable)} = '*' or code = ${chosen(variable)}
  union select s.id from site s join within w on s.parent_id = w.id
)`;

const ofQuantity = (quantity: string | null) =>
  quantity === null ? '' : ` and q.name = ${literal(quantity)}`;

/**
 * `counted`: the registers of what the city's users draw, of one quantity or of all, at the chosen sites, from
 * the chosen operators. Meters of the network itself (`own`), and meters behind another that counts, are left
 * out: nothing is counted twice. The quantity is asked for in here, where the planner sees how many registers
 * that leaves.
 */
export const counted = (
  quantity: string | null = null,
) => `with recursive ${withinOf('site')}, counted as materialized (
  select r.point_id, r.quantity_id, r.channel, q.name as quantity, p.kind, p.site_id,
    coalesce(o.name, o.code, '–') as operator
  from consumption_register r
  join metering_point p on p.id = r.point_id
  join quantity q on q.id = r.quantity_id
  left join operator o on o.id = p.operator_id
  left join metering_point parent on parent.id = p.parent_id
  where p.kind not in ('own', 'sub_meter')
    and (parent.id is null or parent.kind = 'own' or parent.quantity_id <> p.quantity_id)
    and (${chosen('site')} = '*' or p.site_id in (select id from within))
    and ('*' in (${chosen('operator')}) or coalesce(o.code, '–') in (${chosen('operator')}))
    and ${IS_TOTAL}${ofQuantity(quantity)}
)`;

/** `counted`: the registers of one building. A meter behind another of the same building is left out. */
export const countedOfBuilding = (
  quantity: string | null = null,
) => `with recursive ${withinOf('building')}, counted as materialized (
  select r.point_id, r.quantity_id, r.channel, q.name as quantity
  from consumption_register r
  join metering_point p on p.id = r.point_id
  join quantity q on q.id = r.quantity_id
  left join metering_point parent on parent.id = p.parent_id
  where p.site_id in (select id from within)
    and (parent.id is null or parent.quantity_id <> p.quantity_id
      or parent.site_id is null or parent.site_id not in (select id from within))
    and ${IS_TOTAL}${ofQuantity(quantity)}
)`;

/** Devices `d` of a medium, as their profile says. */
export const hasMedium = (medium: string) =>
  `exists (select from profile_version v where v.profile = d.profile and v.medium = ${literal(medium)})`;

export const quantityId = (name: string) => `(select id from quantity where name = ${literal(name)})`;

/** The newest value of a quantity of device `d`, not older than `span`: a few index pages, however much is stored. */
export const newest = (quantity: string, span: string, channel = 0) => `
  select value, time from measurement
  where device_id = d.id and quantity_id = ${quantityId(quantity)} and channel = ${channel}
    and time <= ${AT} and time > ${AT} - interval '${span}'
  order by time desc limit 1`;

/** Alerts `a` that were open at the end of the span. */
export const IS_OPEN = `a.opened_at <= ${AT} and (a.cleared_at is null or a.cleared_at > ${AT}) and a.withdrawn_at is null`;
