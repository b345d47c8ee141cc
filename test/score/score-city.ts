import { readFile } from 'node:fs/promises';
import { loadFirstPartyProfiles } from '@veilleur/codec';
import { loadRules, type Rule } from '@veilleur/rules';
import { createSource } from '@veilleur/simulators';
import type { TruthLine } from '../../simulators/src/faults/truth-file.ts';
import { REPOSITORY } from '../support/repository.ts';
import { EXPECTATIONS } from './expectations.ts';
import { type CitySize, hiddenCity } from './hidden-city.ts';
import { judge, type KindScore } from './judge.ts';
import { type FoundAlert, watchCity } from './watch-city.ts';

export interface CityScore {
  readonly seed: number;
  readonly devices: number;
  readonly days: number;
  readonly deliveries: number;
  readonly scores: readonly KindScore[];
  readonly missed: ReturnType<typeof judge>['missed'];
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
  const truth = [...source.city.truthLines()].flatMap(effectsOf);
  const judged = judge(alerts, truth, EXPECTATIONS, plan.untilMs);
  return { seed: size.seed, devices: source.city.deviceCount, days: size.days, deliveries, ...judged };

  /** A cabinet's alert is of the group of its lamps, which has its name; and each lamp feels it. */
  function effectsOf(line: TruthLine): TruthLine[] {
    if (line.kind !== 'cabinet_outage') return [line];
    const devices = [...source.city.devices()];
    const name = devices.find(({ devEui }) => devEui === line.subject)?.name ?? line.subject;
    const fed = devices.filter(({ tags }) => tags.cabinet === name);
    return [
      { ...line, subject: name },
      ...fed.map(({ devEui }) => ({ ...line, kind: 'without_supply', subject: devEui })),
    ];
  }
}
