import { expect, it } from 'vitest';
import { hasMosquitto } from '../support/brokers.ts';
import { measureDelivery } from './delivery-bench.ts';

it.skipIf(!hasMosquitto)('a short bench loses nothing, and keeps in sight of plain COPY', async () => {
  const lines = await measureDelivery({ uplinks: 20_000, fleets: [5000], history: 0, report: () => {} });
  expect(lines.map(({ about, lost }) => [about, lost])).toEqual(
    ['sustained', 'copy', 'copy ratio', 'overlap', 'latency', 'fleet'].map((about) => [about, 0]),
  );
  const ratioOf = (wanted: string) => lines.find(({ about }) => about === wanted)?.figures.ratio;
  // A machine that runs other tests beside it says little of speed; a tenth of the usual is a defect.
  expect(ratioOf('copy ratio')).toBeGreaterThan(0.03);
  expect(ratioOf('fleet')).toBeGreaterThan(0.3);
});
