import { readFile } from 'node:fs/promises';
import { loadFirstPartyProfiles } from '@veilleur/codec';
import { loadRules, type Rule } from '@veilleur/rules';
import {
  ALERT_EXPECTATIONS,
  alertTruth,
  createSource,
  type FoundAlert,
  judgeAlerts,
  type KindScore,
} from '@veilleur/simulators';
import { REPOSITORY } from '../support/repository.ts';
import { type CitySize, hiddenCity } from './hidden-city.ts';
import { watchCity } from './watch-city.ts';

export interface CityScore {
  readonly seed: number;
  readonly devices: number;
  readonly days: number;
  readonly deliveries: number;
  readonly scores: readonly KindScore[];
  readonly missed: ReturnType<typeof judgeAlerts>['missed'];
  readonly unexplained: readonly FoundAlert[];
}

/** The shipped rules, infra/rules/city.yaml. */
export async function cityRules(): Promise<readonly Rule[]> {
  const { rules, problems } = loadRules(await readFile(`${REPOSITORY}infra/rules/city.yaml`, 'utf8'));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return rules;
}

/** Lets the rules watch a city with hidden faults, and holds what they raised against the truth. */
export async function scoreCity(size: CitySize, rules: readonly Rule[]): Promise<CityScore> {
  const plan = hiddenCity(size);
  const source = await createSource(plan);
  const profiles = await loadFirstPartyProfiles();
  const { alerts, deliveries } = await watchCity(source, rules, {
    untilMs: plan.untilMs,
    isHoliday: () => false,
    mediumOf: (profileId) => profiles.get(profileId)?.medium ?? null,
  });
  const judged = judgeAlerts(alerts, alertTruth(source.city), ALERT_EXPECTATIONS, plan.untilMs);
  return { seed: size.seed, devices: source.city.deviceCount, days: size.days, deliveries, ...judged };
}
