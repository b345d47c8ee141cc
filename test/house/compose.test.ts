import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAlertingConfig } from '../../services/alerting/src/config.ts';
import { accessOf, readApiConfig } from '../../services/api/src/config.ts';
import { readBridgeConfig } from '../../services/bridge/src/config.ts';
import { judgeChirpStack } from '../../services/cli/src/doctor-chirpstack.ts';
import { judgeMosquitto } from '../../services/cli/src/doctor-mosquitto.ts';
import { parseMosquittoConf } from '../../services/cli/src/mosquitto-conf.ts';
import { readConsumptionConfig } from '../../services/consumption/src/config.ts';
import {
  askedOf,
  type ComposeFile,
  type ComposeService,
  checkCompose,
  infra,
  parseEnv,
  parseYaml,
  readCompose,
  variablesIn,
} from '../support/compose.ts';
import { REPOSITORY } from '../support/repository.ts';

const PARTS = {
  bridge: readBridgeConfig,
  consumption: readConsumptionConfig,
  alerting: readAlertingConfig,
  api: readApiConfig,
} as const;
type Part = keyof typeof PARTS;
const part = Object.keys(PARTS) as Part[];

/** A place as a person has it after `sh prepare.sh`. */
let folder: string;
let env: Record<string, string>;
let compose: ComposeFile;
let tls: ComposeFile;

const prepare = () => execFileSync('/bin/sh', [join(folder, 'prepare.sh')]);
const secretOf = (name: string) => readFile(join(folder, 'secrets', name), 'utf8');
const serviceOf = (name: string): ComposeService => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`compose.yaml has no service ${name}`);
  return service;
};
const namesOf = ({ secrets = [] }: ComposeService) =>
  secrets.map((secret) => (typeof secret === 'string' ? secret : secret.source));
const all = () => [...Object.entries(compose.services), ...Object.entries(tls.services)];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-compose-'));
  for (const name of ['prepare.sh', '.env.example']) {
    await cp(join(REPOSITORY, 'infra/compose', name), join(folder, name));
  }
  prepare();
  env = parseEnv(await readFile(join(folder, '.env'), 'utf8'));
  compose = await readCompose('compose.yaml', env);
  tls = await readCompose('compose.tls.yaml', env);
});
afterAll(() => rm(folder, { recursive: true }));

describe('the compose files', () => {
  it('have no key that compose does not know; one that is written wrongly is found', () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining([...part, 'chirpstack', 'grafana']));
    const typo = { services: { ...compose.services, api: { ...compose.services.api, read_onli: true } } };
    expect(() => checkCompose(typo)).toThrow(/read_onli/);
  });

  it('mount files and folders that are here', () => {
    const mounted = all().flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')));
    const paths = mounted.map(([source = '']) => source).filter((source) => source.startsWith('.'));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      expect(existsSync(join(REPOSITORY, 'infra/compose', path)), path).toBe(true);
    }
    const volumes = mounted.map(([source = '']) => source).filter((source) => !source.startsWith('.'));
    expect([...new Set(volumes)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  it('take from .env what .env.example has, and all of that', async () => {
    const used = variablesIn(
      (await infra('compose/compose.yaml')) + (await infra('compose/compose.tls.yaml')),
    );
    expect([...used].sort()).toEqual(Object.keys(env).sort());
  });

  it('wait only for what can be waited for, on a network that both are on', async () => {
    const dockerfile = await infra('image/Dockerfile');
    for (const [name, { depends_on = {}, networks = [] }] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const target = serviceOf(other);
        const isChecked =
          target.healthcheck !== undefined ||
          (target.build !== undefined && /^HEALTHCHECK /m.test(dockerfile));
        if (condition === 'service_healthy') expect(isChecked, `${other} has a healthcheck`).toBe(true);
        if (condition === 'service_completed_successfully') expect(target.restart).toBe('no');
        else
          expect(networks, `${name} reaches ${other}`).toEqual(
            expect.arrayContaining((target.networks ?? []).filter((one) => networks.includes(one))),
          );
      }
      for (const network of networks) expect(compose.networks).toHaveProperty(network);
    }
  });

  it('open nothing but gateways and MQTT over TLS beyond this machine', () => {
    const open = all().flatMap(([name, { ports = [] }]) =>
      ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `${name} ${port}`),
    );
    expect(open).toEqual(['gateway-bridge 0.0.0.0:1700:1700/udp', 'mosquitto 0.0.0.0:8883:8883']);
    // A port of a container that is on internal networks alone would lead nowhere.
    for (const [name, { ports = [], networks = [] }] of all()) {
      if (ports.length > 0) expect(networks, name).toContain('edge');
    }
  });

  it('let every container run without new rights, and Veilleur with none at all', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      if (service.build !== undefined) expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    }
  });
});

describe('the secrets', () => {
  it('are made by prepare.sh, all that are used and no others, and stay when it runs again', async () => {
    const used = new Set(Object.values(compose.services).flatMap(namesOf));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    const before = new Map<string, string>();
    for (const [name, { file }] of Object.entries(compose.secrets)) {
      expect(normalize(file)).toBe(`secrets/${name}`);
      before.set(name, await secretOf(name));
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o444);
    }
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
    const random = [...before].filter(([name]) => /password|secret/.test(name)).map(([, text]) => text);
    expect(new Set(random).size).toBe(random.length);
    for (const text of random) expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    prepare();
    for (const [name, text] of before) expect(await secretOf(name)).toBe(text);
  });

  it('stand in no environment, and git ignores them', async () => {
    for (const [name, { environment = {} }] of Object.entries(compose.services)) {
      const open = Object.entries(environment).filter(([key]) => /PASSWORD|SECRET|KEY/.test(key));
      for (const [key] of open) expect(key, name).toMatch(/_FILE$/);
    }
    expect((await infra('compose/.gitignore')).split('\n')).toEqual(
      expect.arrayContaining(['.env', 'secrets/', 'certs/']),
    );
  });

  it('that a file of the environment names are those of the service', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      const files = Object.values(service.environment ?? {}).filter((value) =>
        value.startsWith('/run/secrets/'),
      );
      for (const file of files) expect(namesOf(service), `${name}: ${file}`).toContain(file.slice(13));
    }
  });
});

describe('each part of Veilleur', () => {
  /** The container's environment, its secrets where they are on this machine. */
  const environmentOf = (name: string) =>
    Object.fromEntries(
      Object.entries(serviceOf(name).environment ?? {}).map(([key, value]) => [
        key,
        value.replace('/run/secrets/', join(folder, 'secrets/')),
      ]),
    );

  it.each(part)('%s starts as itself, reads every variable that it is given, and needs no other', (name) => {
    expect(serviceOf(name).command).toEqual(['start', name]);
    const { environment, asked } = askedOf(environmentOf(name));
    expect(PARTS[name](environment).databaseUrl).toMatch(
      /^postgres:\/\/veilleur:[0-9a-f]{64}@timescaledb:5432\/veilleur$/,
    );
    for (const key of Object.keys(environment)) expect(asked, `${name} reads ${key}`).toContain(key);
  });

  it('bridge keeps one name at the broker over every new container, and no group, which Mosquitto forgets', () => {
    const { mqtt } = readBridgeConfig(environmentOf('bridge'));
    expect(mqtt).toMatchObject({ clientId: 'veilleur-bridge', username: 'veilleur' });
    expect(mqtt.shareGroup).toBeUndefined();
    expect(mqtt.url.hostname).toBe('mosquitto');
    expect(serviceOf('bridge').networks).toContain('broker');
  });

  it('api asks everybody for a key', () => {
    expect(accessOf(readApiConfig(environmentOf('api'))).requireKey).toBe(true);
  });

  it('tells Prometheus its numbers where Prometheus looks for them', async () => {
    const { scrape_configs } = parseYaml(await infra('compose/prometheus.yml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[]; authorization?: object }[];
    };
    const targets = scrape_configs.flatMap(({ static_configs }) =>
      static_configs.flatMap((one) => one.targets),
    );
    const bridge = readBridgeConfig(environmentOf('bridge'));
    const consumption = readConsumptionConfig(environmentOf('consumption'));
    const alerting = readAlertingConfig(environmentOf('alerting'));
    for (const { metricsHost } of [bridge, consumption, alerting]) expect(metricsHost).toBe('0.0.0.0');
    expect(targets).toEqual([
      `bridge:${bridge.metricsPort}`,
      `consumption:${consumption.metricsPort}`,
      `alerting:${alerting.metricsPort}`,
      `api:${readApiConfig(environmentOf('api')).port}`,
    ]);
    expect(scrape_configs.find(({ job_name }) => job_name === 'api')?.authorization).toEqual({
      credentials_file: '/run/secrets/metrics_key',
    });
    expect(namesOf(serviceOf('prometheus'))).toContain('metrics_key');
  });
});

describe('what stands beside Veilleur', () => {
  it('Mosquitto: all that counts is as in the city of infra/mosquitto, and the doctor finds nothing wrong', async () => {
    const ours = parseMosquittoConf(await infra('compose/mosquitto/mosquitto.conf'));
    const city = parseMosquittoConf(await infra('mosquitto/mosquitto-city.conf'));
    const places = ['persistence_location', 'password_file', 'acl_file', 'log_dest'];
    const settings = ({ options }: typeof ours) =>
      new Map([...options].filter(([name]) => !places.includes(name)));
    expect(settings(ours)).toEqual(settings(city));
    const outage = { seconds: 3 * 86_400, perSecond: 28, rateSource: 'as told' };
    expect(judgeMosquitto(ours, outage).filter(({ verdict }) => verdict === 'bad')).toEqual([]);
  });

  it('ChirpStack publishes at QoS 1 with a session that lasts, and its secrets are those that start.sh reads', async () => {
    const toml = await infra('compose/chirpstack/chirpstack.toml');
    expect(judgeChirpStack(toml).filter(({ verdict }) => verdict !== 'good')).toEqual([]);
    const region = await infra('compose/chirpstack/region_eu868.toml');
    const wanted = new Set([...(toml + region).matchAll(/\$([A-Z_]+)\b(?!\s)/g)].map(([, name]) => name));
    wanted.delete('NAMES');
    const start = await infra('compose/chirpstack/start.sh');
    const [, exported = ''] = /^export (.*)$/m.exec(start) ?? [];
    expect(new Set(exported.split(' '))).toEqual(wanted);
    const files = [...start.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name]) => name);
    expect(new Set(files)).toEqual(new Set(namesOf(serviceOf('chirpstack'))));
  });

  it("Grafana is told what the data sources ask for, and reads the reader's password", async () => {
    const sources = await infra('grafana/datasources/veilleur.yaml');
    const { environment = {}, secrets = [] } = serviceOf('grafana');
    const wanted = [...sources.matchAll(/: \$([A-Z_]+)$/gm)].map(([, name]) => name ?? '');
    expect(wanted.length).toBeGreaterThan(3);
    for (const name of wanted) expect(environment[name], name).toBeTruthy();
    const [, file] = /\$__file\{(.*)\}/.exec(sources) ?? [];
    expect(secrets).toContainEqual({ source: 'reader_password', target: file });
    expect(await infra('compose/timescaledb/roles.sh')).toContain(
      `role ${environment.VEILLEUR_DATABASE_USER} `,
    );
  });
});
