import { Counter, Gauge, type Registry } from '@veilleur/runtime';
import { type AlertWrite, openAlertCounts, type Pool, tailLags } from '@veilleur/store';
import type { PartitionEngine } from './partition-engine.ts';

/** The name of the tail's consumer, and of its metrics' label. */
export const CONSUMER = 'alerting';

/** What the service tells of itself. The gauges ask the database when somebody looks. */
export function createAlertingMetrics(
  registry: Registry,
  pool: Pool,
  engines: () => readonly (readonly [partition: number, engine: PartitionEngine])[],
) {
  const registers = [registry];
  const steps = new Counter({
    name: 'veilleur_alert_steps_total',
    help: 'What happened to alerts (raised, worsened, cleared, reopened, corrected, withdrawn)',
    labelNames: ['kind'] as const,
    registers,
  });
  const open = new Gauge({
    name: 'veilleur_alerts_open',
    help: 'Alerts that are open, by severity',
    labelNames: ['severity'] as const,
    registers,
    collect: async () => {
      const counts = await openAlertCounts(pool).catch(() => null);
      for (const [severity, count] of Object.entries(counts ?? {})) open.set({ severity }, count);
    },
  });
  const behind = new Gauge({
    name: 'veilleur_alerting_tail_behind_seconds',
    help: 'How long ago the oldest change was committed that alerting has not evaluated, by partition',
    labelNames: ['partition'] as const,
    registers,
    collect: async () => {
      const lags = await tailLags(pool).catch(() => []);
      for (const { consumer, partition, behindS } of lags) {
        if (consumer === CONSUMER) behind.set({ partition }, behindS ?? 0);
      }
    },
  });
  const devices = new Gauge({
    name: 'veilleur_alerting_devices',
    help: 'Devices that this process remembers, by partition; a partition that another process leads has none',
    labelNames: ['partition'] as const,
    registers,
    collect: () => {
      devices.reset();
      for (const [partition, engine] of engines()) devices.set({ partition }, engine.figures.devices);
    },
  });
  const setAside = new Gauge({
    name: 'veilleur_alerting_devices_set_aside',
    help: 'Devices that cannot be evaluated, and are tried again, by partition; the log names them',
    labelNames: ['partition'] as const,
    registers,
    collect: () => {
      setAside.reset();
      for (const [partition, engine] of engines()) setAside.set({ partition }, engine.figures.setAside);
    },
  });
  return {
    written: (writes: readonly AlertWrite[]) => {
      for (const write of writes) for (const { kind } of write.steps) steps.inc({ kind });
    },
  };
}
