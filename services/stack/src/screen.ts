import { setInterval } from 'node:timers/promises';
import type { BridgeCounts } from '@veilleur/bridge';
import type { Language } from '@veilleur/runtime';
import { latestOfEachMedium, type MediumSample } from '@veilleur/store';
import type { DemoFleet } from './demo.ts';
import type { Stack } from './stack.ts';

const TEXTS = {
  en: {
    database: 'database',
    broker: 'broker',
    page: 'watch',
    demo: 'demo',
    data: 'data',
    look: 'API',
    stop: 'Ctrl-C stops it cleanly; the next start finds its data again.',
    received: 'received',
    stored: 'stored',
    duplicate: 'duplicate',
    quarantined: 'quarantined',
    inFlight: 'in flight',
    measurements: 'measurements',
    disconnected: 'the bridge has no connection to the broker',
    fleet: (f: DemoFleet) =>
      `${f.water} water, ${f.gas} gas, ${f.electricity} electricity meters and ${f.luminaires} luminaires with the meter of their cabinet (seed ${f.seed}), a frame every ${f.everyS} s each; their last hour comes first`,
  },
  fr: {
    database: 'base',
    broker: 'courtier',
    page: 'à suivre',
    demo: 'démo',
    data: 'données',
    look: 'API',
    stop: 'Ctrl-C arrête tout proprement ; le prochain démarrage retrouve ses données.',
    received: 'reçus',
    stored: 'enregistrés',
    duplicate: 'doublons',
    quarantined: 'en quarantaine',
    inFlight: 'en cours',
    measurements: 'mesures',
    disconnected: 'la passerelle n’a pas de connexion au courtier',
    fleet: (f: DemoFleet) =>
      `${f.water} compteurs d’eau, ${f.gas} de gaz, ${f.electricity} d’électricité et ${f.luminaires} luminaires avec le compteur de leur armoire (graine ${f.seed}), une trame toutes les ${f.everyS} s chacun ; leur dernière heure vient d’abord`,
  },
} as const;

/** What was started and where to look, as lines. */
export function welcome({ addresses }: Pick<Stack, 'addresses'>, language: Language): string[] {
  const t = TEXTS[language];
  const api = addresses.api;
  const rows: [string, string][] = [
    [t.database, `${addresses.database}  ${addresses.databaseUrl}`],
    ...(addresses.dataFolder === null ? [] : [[t.data, addresses.dataFolder] as [string, string]]),
    [t.broker, `${addresses.broker}  ${addresses.brokerUrl}`],
    [t.page, `${api}/`],
    [t.look, `${api}/api/devices   ${api}/api/openapi.json   ${api}/metrics`],
    ...(addresses.demo === null ? [] : [[t.demo, t.fleet(addresses.demo)] as [string, string]]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    'Veilleur',
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    '',
    `  ${t.stop}`,
    '',
  ];
}

/** The conservation identity in one line. */
export function countsLine(counts: BridgeCounts, language: Language): string {
  const t = TEXTS[language];
  const n = (value: number) => value.toLocaleString(language);
  const line =
    `${n(counts.received)} ${t.received} = ${n(counts.stored)} ${t.stored} + ${n(counts.duplicate)} ${t.duplicate}` +
    ` + ${n(counts.quarantined)} ${t.quarantined} + ${n(counts.inFlight)} ${t.inFlight}` +
    `   ${n(counts.measurements)} ${t.measurements}`;
  return counts.connected ? line : `${line}   (${t.disconnected})`;
}

function sampleLine(sample: MediumSample, language: Language): string {
  const value = sample.value.toLocaleString(language, { maximumFractionDigits: 3 });
  const unit = sample.unit === '1' ? '' : ` ${sample.unit.replace('kW.h', 'kWh').replace('m3', 'm³')}`;
  const label = language === 'fr' ? sample.labelFr : sample.labelEn;
  return `    ${sample.medium.padEnd(12)} ${sample.deviceName ?? sample.devEui}: ${label} ${value}${unit}`;
}

/**
 * Shows how many messages came and what became of them: every second until the first are stored, then
 * every ten; with them, now and then, the newest value of one device of each kind.
 */
export function showProgress(stack: Stack, language: Language, print: (line: string) => void): () => void {
  let shown = '';
  let ticks = 0;
  const tick = async () => {
    const counts = stack.bridge.counts();
    const line = countsLine(counts, language);
    if (line !== shown && (ticks < 10 || ticks % 10 === 0)) {
      shown = line;
      print(`${new Date().toLocaleTimeString(language)}  ${line}`);
      if (ticks === 3 || ticks % 60 === 0) {
        // The database may be away for a moment; the counts go on without it.
        const samples = await latestOfEachMedium(stack.pool).catch((): MediumSample[] => []);
        for (const sample of samples) print(sampleLine(sample, language));
      }
    }
    ticks += 1;
  };
  const stopping = new AbortController();
  void (async () => {
    for await (const _ of setInterval(1000, undefined, { signal: stopping.signal })) await tick();
  })().catch(() => {});
  return () => stopping.abort();
}
