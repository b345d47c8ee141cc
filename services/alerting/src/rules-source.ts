import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { type IsHoliday, loadRules } from '@veilleur/rules';
import type { Logger, Running } from '@veilleur/runtime';
import {
  type Pool,
  type PutRules,
  putRules,
  type RuleOrigin,
  rulesInForce,
  rulesRevision,
  type StoredRule,
} from '@veilleur/store';
import { compileRules, type RuleSet } from './rule-set.ts';

/** @throws VeilleurError `rules_file_unreadable`, `rules_file_invalid` */
export async function readRulesFile(file: string): Promise<StoredRule[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new VeilleurError('rules_file_unreadable', `${file}: ${messageOf(cause)}`, {
      remedy: 'RULES_FILE names a YAML file of rules.',
      cause,
    });
  });
  const { rules, problems } = loadRules(text);
  const [first] = problems;
  if (first !== undefined) {
    const place = `${file}:${first.line}:${first.column}`;
    throw new VeilleurError('rules_file_invalid', `${place}: ${first.path}: ${first.message}`, {
      remedy: `${first.remedy} \`veilleur rules check ${file}\` shows all that is wrong (${problems.length}).`,
    });
  }
  return rules.map((rule) => ({
    name: rule.name,
    definition: rule as unknown as StoredRule['definition'],
    source: file,
  }));
}

/**
 * Puts a file's rules in force, in place of those that such a file put there before.
 *
 * @throws As `readRulesFile`.
 */
export async function loadRulesFile(
  pool: Pool,
  file: string,
  { now, origin = 'file' }: { readonly now: Date; readonly origin?: RuleOrigin },
): Promise<PutRules> {
  return putRules(pool, await readRulesFile(file), { by: 'file', now, origin });
}

/** Of each rule once, while the same rules are in force: its numbers may be such for every device at every moment. */
function sayOnce(log: Logger): (rule: string, error: string) => void {
  const said = new Set<string>();
  return (rule, error) => {
    if (said.has(rule)) return;
    said.add(rule);
    log.warn({ event: 'alerting.expression.fail', rule, error });
  };
}

export interface RulesSource extends Running {
  current(): RuleSet;
  /** Looks now whether there are others. */
  look(): Promise<void>;
}

/** Follows the rules in force. */
export async function followRules({
  pool,
  log,
  isHoliday,
  everyMs,
}: {
  readonly pool: Pool;
  readonly log: Logger;
  readonly isHoliday: IsHoliday;
  readonly everyMs: number;
}): Promise<RulesSource> {
  const read = async () => {
    const { revision, rules } = await rulesInForce(pool);
    const set = compileRules(revision, rules, { isHoliday, onExpressionFail: sayOnce(log) });
    for (const { rule, error } of set.refused) log.error({ event: 'alerting.rule.refuse', rule, error });
    return set;
  };
  let current = await read();
  const look = async () => {
    if ((await rulesRevision(pool)) === current.revision) return;
    current = await read();
    log.info({ event: 'alerting.rules.change', revision: current.revision, rules: current.names.length });
  };
  const ending = new AbortController();
  const done = (async () => {
    while (!ending.signal.aborted) {
      await delay(everyMs, undefined, { signal: ending.signal }).catch(() => {});
      if (ending.signal.aborted) break;
      await look().catch((thrown: unknown) => {
        log.warn({ event: 'alerting.rules.fail', error: messageOf(thrown) });
      });
    }
  })();
  return {
    current: () => current,
    look,
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}
