import { readdir, readFile } from 'node:fs/promises';
import { createMetrics, type Logger, type Registry } from '@veilleur/runtime';
import type { Pool } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { createAlertingMetrics } from '../../services/alerting/src/metrics.ts';
import { createNotifyMetrics } from '../../services/alerting/src/notify/metrics.ts';
import { guard } from '../../services/api/src/access/guard.ts';
import { startLedgerMetrics } from '../../services/api/src/ledger-metrics.ts';
import { Conservation } from '../../services/bridge/src/conservation.ts';
import { createBridgeMetrics } from '../../services/bridge/src/metrics.ts';
import { createConsumptionMetrics } from '../../services/consumption/src/metrics.ts';
import { createPullMetrics } from '../../services/consumption/src/pull-metrics.ts';

const ROOT = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/operations.md', ROOT), 'utf8');
const sources = await sourceTexts();

/** The rows of a table of the page under a heading, cell by cell, without the head. */
function tableUnder(heading: string): string[][] {
  const [, text = ''] = page.split(`\n## ${heading}\n`);
  const [section = ''] = text.split('\n## ');
  const lines = section.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/operations.md', () => {
  it('has every metric that the parts register, with its type, labels and meaning, and no other', () => {
    const registered = registeredMetrics();
    expect(registered.length).toBeGreaterThan(25);
    const documented = tableUnder('Metrics').map(([name, type, labels, meaning]) => ({
      name: name?.replaceAll('`', ''),
      type,
      labels,
      meaning,
    }));
    expect(documented).toEqual(registered);
  });

  it('overlooks no metric that is made elsewhere', () => {
    const named = new Set(
      [...sources.matchAll(/'(veilleur_[a-z0-9_]+)',\n\s*(?:help:|')/g)].map(([, name]) => name),
    );
    expect(named).toEqual(new Set(registeredMetrics().map(({ name }) => name)));
  });

  it('has every event of the log with its level, and no other', () => {
    const logged = [
      ...sources.matchAll(/\.(info|warn|error)\(\s*\{\s*event: (?:'([a-z_.]+)'|`([^`]+)`)/g),
    ].flatMap(([, method = '', name, template]) =>
      (name === undefined ? eventsOf(template ?? '') : [name]).map((event) => `${event} ${method}`),
    );
    // Every line that is logged is of that form.
    expect(logged.length).toBeGreaterThan(40);
    expect([...sources.matchAll(/\bevent: ['`][a-z]+\.[a-z]/g)]).toHaveLength(
      [...sources.matchAll(/\.(?:info|warn|error)\(\s*\{\s*event: /g)].length,
    );
    const documented = tableUnder('Log events').flatMap(([events = '', level = '']) =>
      events.split(', ').map((event) => `${event.replaceAll('`', '')} ${level}`),
    );
    expect(documented).toEqual([...new Set(logged)].sort());
  });

  it('names variables and commands that exist', async () => {
    const settings = await readFile(new URL('docs/configuration.md', ROOT), 'utf8');
    const variables = new Set(page.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
    expect(variables.size).toBeGreaterThan(10);
    for (const variable of variables) expect(settings, variable).toContain(`\`${variable}\``);
    const commands = new Set([...page.matchAll(/\bveilleur ([a-z-]+)/g)].map(([, command = '']) => command));
    expect(commands.size).toBeGreaterThan(8);
    for (const command of commands)
      expect(sources, command).toMatch(new RegExp(`\\.command\\('${command}[' ]`));
  });
});

/** Of the one name that is put together: a job that fails has another line. */
function eventsOf(template: string): string[] {
  if (!template.startsWith('consumption.job.')) throw new Error(`a new event ${template}`);
  return ['consumption.job.done', 'consumption.job.busy'];
}

/** Everything that a part registers, as a scrape would show it; Node's own left out. */
function registeredMetrics() {
  const registry = createMetrics();
  const own = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  // Gauges ask the database when somebody looks; nobody does.
  const pool = {} as Pool;
  const log = {} as Logger;
  const counts = () => ({ stored: 0, duplicate: 0, quarantined: 0 });
  createBridgeMetrics(registry, () => []);
  new Conservation({ registry, log, counts, held: () => 0 });
  createConsumptionMetrics(registry, pool);
  createPullMetrics(registry, pool);
  createAlertingMetrics(registry, pool, () => []);
  createNotifyMetrics(registry, pool, () => new Date(0));
  void startLedgerMetrics({ pool, registry, log }).stop();
  const server = { decorateRequest: () => {}, addHook: () => {} } as unknown as Parameters<typeof guard>[0];
  guard(server, { requireKey: true, rate: { perS: 1, burst: 1 } } as unknown as Parameters<typeof guard>[1], {
    pool,
    registry,
  });
  return described(registry).filter(({ name }) => !own.has(name));
}

function described(registry: Registry) {
  return registry
    .getMetricsAsArray()
    .map((metric) => {
      const { name, help, type, labelNames } = metric as unknown as {
        readonly name: string;
        readonly help: string;
        readonly type: string;
        readonly labelNames: readonly string[];
      };
      return { name, type, labels: labelNames.join(', '), meaning: help };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function sourceTexts(): Promise<string> {
  const texts: string[] = [];
  for (const floor of ['packages', 'services']) {
    const folder = new URL(`${floor}/`, ROOT);
    for (const file of await readdir(folder, { recursive: true })) {
      const isSource = /^[a-z-]+\/src\/.*\.ts$/.test(file) && !file.endsWith('.test.ts');
      if (isSource) texts.push(await readFile(new URL(file, folder), 'utf8'));
    }
  }
  return texts.join('\n');
}
