import type { CodecStats } from '@veilleur/codec';
import { Counter, Gauge, Histogram, type Registry } from '@veilleur/runtime';
import type { Committed } from './commit.ts';

export type BridgeMetrics = ReturnType<typeof createBridgeMetrics>;

/** What the decoder of a stranger's profile has cost since the bridge started. */
export interface CodecCost extends CodecStats {
  readonly profile: string;
}

/** Since the bridge started: `received = stored + duplicate + quarantined + inFlight`. */
export interface BridgeCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly quarantined: number;
  readonly inFlight: number;
  /** New ones: what an earlier history held is not counted again. */
  readonly measurements: number;
  readonly connected: boolean;
}

/**
 * What the bridge tells of itself. At every moment
 * `received = stored + duplicate + quarantined + in flight`.
 */
export function createBridgeMetrics(registry: Registry, codecCosts: () => readonly CodecCost[]) {
  const registers = [registry];
  const received = new Counter({
    name: 'veilleur_bridge_received_total',
    help: 'Messages that the broker delivered, redeliveries included',
    registers,
  });
  const receivedAtQos0 = new Counter({
    name: 'veilleur_bridge_received_qos0_total',
    help: 'Messages published at QoS 0, which a broken connection loses: set qos = 1 in the network server',
    registers,
  });
  const committed = new Counter({
    name: 'veilleur_bridge_committed_total',
    help: 'Messages committed and acknowledged, by kind (frame, device_event, quarantine) and outcome (stored, duplicate, quarantined)',
    labelNames: ['kind', 'outcome'] as const,
    registers,
  });
  const inFlight = new Gauge({
    name: 'veilleur_bridge_in_flight',
    help: 'Messages received and not yet committed',
    registers,
  });
  const decoded = new Counter({
    name: 'veilleur_bridge_decoded_total',
    help: 'New frames by what became of their decoding (decoded, failed, no_profile, encrypted, no_payload)',
    labelNames: ['decoding'] as const,
    registers,
  });
  const measurements = new Counter({
    name: 'veilleur_bridge_measurements_total',
    help: 'New measurements: what an earlier history held is not counted again',
    registers,
  });
  const retries = new Counter({
    name: 'veilleur_bridge_retries_total',
    help: 'Batches tried again because the database was away or busy',
    registers,
  });
  const connected = new Gauge({
    name: 'veilleur_bridge_connected',
    help: '1 while the bridge is connected to the broker',
    registers,
  });
  const batchSize = new Histogram({
    name: 'veilleur_bridge_batch_size',
    help: 'Messages committed together',
    buckets: [1, 3, 10, 30, 100, 300, 1000, 3000],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'veilleur_bridge_commit_seconds',
    help: 'Time that a batch took from the start of its write to its commit',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  });

  new Gauge({
    name: 'veilleur_codec_runs',
    help: "Runs of strangers' decoders in the sandbox, by profile and result (returned, threw, refused, killed)",
    labelNames: ['profile', 'result'] as const,
    registers,
    collect() {
      for (const { profile, returned, threw, refused, kills } of codecCosts()) {
        this.set({ profile, result: 'returned' }, returned);
        this.set({ profile, result: 'threw' }, threw);
        this.set({ profile, result: 'refused' }, refused - kills);
        this.set({ profile, result: 'killed' }, kills);
      }
    },
  });
  new Gauge({
    name: 'veilleur_codec_seconds',
    help: "Time spent in strangers' decoders, by profile",
    labelNames: ['profile'] as const,
    registers,
    collect() {
      for (const { profile, totalMs } of codecCosts()) this.set({ profile }, totalMs / 1000);
    },
  });
  new Gauge({
    name: 'veilleur_codec_on_hold',
    help: '1 while a decoder is on hold because it exceeded its limits too often: its frames wait',
    labelNames: ['profile'] as const,
    registers,
    collect() {
      for (const { profile, onHoldSince } of codecCosts())
        this.set({ profile }, onHoldSince === null ? 0 : 1);
    },
  });

  const counts = {
    received: 0,
    stored: 0,
    duplicate: 0,
    quarantined: 0,
    inFlight: 0,
    measurements: 0,
    connected: false,
  };

  return {
    retries,
    receivedAtQos0,
    counts: (): BridgeCounts => ({ ...counts }),
    connect(isConnected: boolean): void {
      counts.connected = isConnected;
      connected.set(isConnected ? 1 : 0);
    },
    receive(): void {
      counts.received += 1;
      counts.inFlight += 1;
      received.inc();
      inFlight.inc();
    },
    commit({ messages, newMeasurements }: Committed, seconds: number): void {
      batchSize.observe(messages.length);
      commitSeconds.observe(seconds);
      inFlight.dec(messages.length);
      counts.inFlight -= messages.length;
      counts.measurements += newMeasurements;
      measurements.inc(newMeasurements);
      for (const { entry, outcome } of messages) {
        counts[outcome] += 1;
        committed.inc({ kind: entry.kind, outcome });
        if (outcome === 'stored' && entry.kind === 'frame') decoded.inc({ decoding: entry.decoding.state });
      }
    },
  };
}
