import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';

/** Told on this channel of NOTIFY when rules were put. */
export const RULES_CHANNEL = 'veilleur_rules';

/** A rule as the table has it. What the definition holds is known to packages/rules alone. */
export interface StoredRule {
  readonly name: string;
  /** As packages/rules parses it: durations are milliseconds. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** As it was written. */
  readonly source: string;
}

/** RULES_FILE, a person, or what comes with Veilleur and goes with the first of the others. */
export type RuleOrigin = 'shipped' | 'file' | 'hand';

export interface RuleInForce extends StoredRule {
  readonly origin: RuleOrigin;
}

/** Whether putting rules of an origin takes the place of one that is in force. */
export function givesWay(inForce: RuleOrigin, to: RuleOrigin): boolean {
  return inForce === to || inForce === 'shipped';
}

export interface PutRules {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  /** Rules of the file that a person's of the same name keep out. */
  readonly kept: readonly string[];
}

/**
 * Makes these the rules in force of their origin: what came from there before, and is not among them, is taken
 * out; rules of another origin stay. Of one name, what a person loaded goes before what a file says. What each
 * was before stays on record. The same rules again change nothing.
 */
export async function putRules(
  pool: Pool,
  rules: readonly StoredRule[],
  { by, now, origin = 'hand' }: { readonly by: string; readonly now: Date; readonly origin?: RuleOrigin },
): Promise<PutRules> {
  return withTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtext('veilleur.rules'))`);
    const { rows } = await client.query<{ name: string; kind: keyof PutRules }>(DIFFERENCE, [
      rules.map(({ name }) => name),
      rules.map(({ definition }) => JSON.stringify(definition)),
      origin,
    ]);
    const of = (kind: keyof PutRules) => rows.filter((row) => row.kind === kind).map(({ name }) => name);
    const put = { added: of('added'), changed: of('changed'), removed: of('removed'), kept: of('kept') };
    const differing = rows.filter(({ kind }) => kind !== 'kept');
    if (differing.length > 0) await record(client, rules, differing, { by, now, origin });
    // The same rule from elsewhere is the same rule.
    await client.query(
      `update rule set origin = $2 where superseded_at is null and definition is not null and origin <> $2
         and name = any($1::text[]) and name <> all($3::text[])`,
      [rules.map(({ name }) => name), origin, put.kept],
    );
    return put;
  });
}

async function record(
  client: PoolClient,
  rules: readonly StoredRule[],
  differing: readonly { readonly name: string; readonly kind: keyof PutRules }[],
  { by, now, origin }: { readonly by: string; readonly now: Date; readonly origin: RuleOrigin },
): Promise<void> {
  const names = differing.map(({ name }) => name);
  const written = new Map(rules.map((rule) => [rule.name, rule]));
  await client.query('update rule set superseded_at = $2 where name = any($1) and superseded_at is null', [
    names,
    now,
  ]);
  await client.query(
    `insert into rule (name, definition, source, recorded_at, recorded_by, origin)
     select name, definition, source, $4, $5, $6 from unnest($1::text[], $2::jsonb[], $3::text[]) r(name, definition, source)`,
    [
      names,
      names.map((name) => {
        const rule = written.get(name);
        return rule === undefined ? null : JSON.stringify(rule.definition);
      }),
      names.map((name) => written.get(name)?.source ?? ''),
      now,
      by,
      origin,
    ],
  );
  await client.query(`notify ${RULES_CHANNEL}`);
}

const DIFFERENCE = `
with given as (
  select * from unnest($1::text[], $2::jsonb[]) g(name, definition)
), held as (
  select name, definition, origin from rule where superseded_at is null
)
select coalesce(g.name, h.name) as name,
  case when g.name is null then 'removed' when h.definition is null then 'added'
    when $3 = 'file' and h.origin = 'hand' then 'kept' else 'changed' end as kind
from given g full join held h using (name)
where g.name is not null and g.definition is distinct from h.definition
  or g.name is not null and $3 = 'file' and h.origin = 'hand' and h.definition is not null
  or g.name is null and h.definition is not null and h.origin in ($3, 'shipped')
order by 1`;

/** The rules in force, by name, and a number that another set of rules does not have. */
export async function rulesInForce(
  pool: Pool,
): Promise<{ readonly revision: number; readonly rules: readonly RuleInForce[] }> {
  const { rows } = await pool.query<RuleInForce>(
    'select name, definition, source, origin from rule where superseded_at is null and definition is not null order by name',
  );
  return { revision: await rulesRevision(pool), rules: rows };
}

/** 0: there never was a rule. */
export async function rulesRevision(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ revision: number }>(
    'select coalesce(max(id), 0) as revision from rule',
  );
  return rows[0]?.revision ?? 0;
}
