import type { Emission } from '../emission.ts';
import type { RadioPlan } from './plan.ts';
import { RadioNetwork } from './radio-network.ts';
import type { RadioEvent } from './transmission.ts';

/**
 * What becomes of a city's emissions between the devices and the network server's subscribers: each
 * emission ends as exactly one `frame` event, received or lost; repeats, joins and status answers come
 * between them. The same emissions, plan and seed give the same events.
 *
 * Pure and streaming: what it keeps is a record a device and what is under way.
 *
 * @param emissions in time order.
 * @returns events by `atMs`, which never falls.
 * @throws VeilleurError `radio_plan_invalid`
 */
export function* transmit(
  emissions: Iterable<Emission>,
  plan: RadioPlan,
  seed: number,
): Generator<RadioEvent, void, undefined> {
  const network = new RadioNetwork(plan, seed);
  const { told } = network;
  for (const emission of emissions) {
    const atMs = emission.at.getTime();
    while (network.nextMs <= atMs) {
      network.step();
      if (told.length > 0) yield* emptied(told);
    }
    network.take(emission);
    if (told.length > 0) yield* emptied(told);
  }
  network.drain();
  while (network.nextMs < Number.POSITIVE_INFINITY) {
    network.step();
    if (told.length > 0) yield* emptied(told);
  }
}

function* emptied(told: RadioEvent[]): Generator<RadioEvent, void, undefined> {
  yield* told;
  told.length = 0;
}
