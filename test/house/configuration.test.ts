import { beforeAll, describe, expect, it } from 'vitest';
import { readAlertingConfig } from '../../services/alerting/src/config.ts';
import { readApiConfig } from '../../services/api/src/config.ts';
import { readBridgeConfig } from '../../services/bridge/src/config.ts';
import { readConsumptionConfig } from '../../services/consumption/src/config.ts';
import { readStackConfig } from '../../services/stack/src/config.ts';
import { askedOf } from '../support/compose.ts';
import { documentedSettings } from '../support/documented-settings.ts';

type Read = (environment: Readonly<Record<string, string | undefined>>) => unknown;
const ofParts = {
  bridge: [readBridgeConfig],
  consumption: [readConsumptionConfig],
  alerting: [readAlertingConfig],
  api: [readApiConfig],
} satisfies Record<string, Read[]>;
const READERS: Readonly<Record<string, readonly Read[]>> = {
  ...ofParts,
  stack: [readStackConfig, ...Object.values(ofParts).flat()],
};
/** Where a part tells its own numbers; in one process with the others, the API tells those of all. */
const OF_A_PART_BY_ITSELF = /^[A-Z]+_METRICS_(HOST|PORT)$/;

/** The settings that a part asks for. */
function readBy(part: string): string[] {
  const { environment, asked } = askedOf({ DATABASE_URL: 'postgres:', MQTT_URL: 'mqtt://broker' });
  for (const read of READERS[part] ?? []) read(environment);
  return [...asked]
    .filter((name) => !(name.endsWith('_FILE') && asked.has(name.slice(0, -5))))
    .filter((name) => part !== 'stack' || !OF_A_PART_BY_ITSELF.test(name))
    .sort();
}

describe('docs/configuration.md', () => {
  let documented: ReadonlyMap<string, readonly string[]>;
  beforeAll(async () => {
    documented = await documentedSettings(Object.keys(READERS));
  });

  it.each(Object.keys(READERS))('says of every variable whether %s reads it', (part) => {
    const said = [...documented].filter(([, parts]) => parts.includes(part)).map(([name]) => name);
    // What the stack's database takes from the machine is asked for when it starts.
    const ofTheMachine = /^VEILLEUR_/;
    expect(said.filter((name) => !ofTheMachine.test(name)).sort()).toEqual(readBy(part));
    expect(said.length).toBeGreaterThan(5);
  });

  it.each(Object.keys(READERS))('is right that an empty variable counts as unset, for %s', (part) => {
    const given = { DATABASE_URL: 'postgres:', MQTT_URL: 'mqtt://broker' };
    const empty = Object.fromEntries(readBy(part).map((name) => [name, '']));
    for (const read of READERS[part] ?? []) expect(read({ ...empty, ...given })).toEqual(read(given));
  });
});
