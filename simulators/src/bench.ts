import { CITY } from './city-time.ts';
import type { Emission } from './emission.ts';
import { devicesAround, emissionsOf } from './fixtures/emissions.ts';
import { LNS_FORMATS, type LnsFormat } from './lns/lns-message.ts';
import { createWording } from './lns/messages.ts';
import { gatewaysAround, type RadioPlan } from './radio/plan.ts';
import { transmit } from './radio/transmit.ts';

/** Microseconds of CPU for one event, by what they were spent on. */
export interface GenerationCost {
  readonly events: number;
  readonly messages: number;
  readonly messageBytes: number;
  readonly emission_us: number;
  readonly radio_us: number;
  readonly wording_us: number;
}

/**
 * What an event costs between a city's emission and the message that is ready to be published. CPU time,
 * so that other work on the machine does not count; the stages are measured by running one more each time.
 */
export function measureGeneration(
  emissions: () => Iterable<Emission>,
  plan: RadioPlan,
  format: LnsFormat,
): GenerationCost {
  let events = 0;
  let messages = 0;
  let messageBytes = 0;
  const emission = cpu_us(() => {
    for (const { payload } of emissions()) if (payload.length > 255) throw new RangeError('not a frame');
  });
  const radio = cpu_us(() => {
    for (const event of transmit(emissions(), plan, 1)) events += event.atMs > 0 ? 1 : 0;
  });
  const wording = cpu_us(() => {
    const word = createWording(format, plan.gateways);
    const bytes = Buffer.allocUnsafe(65_536);
    for (const event of transmit(emissions(), plan, 1)) {
      const message = word(event);
      if (message === null) continue;
      messages += 1;
      const { payload } = message;
      // Written, as a publisher does: only then is a string's text put together.
      messageBytes += typeof payload === 'string' ? bytes.write(payload, 0) : payload.length;
    }
  });
  return {
    events,
    messages,
    messageBytes: messageBytes / messages,
    emission_us: emission / events,
    radio_us: (radio - emission) / events,
    wording_us: (wording - radio) / events,
  };
}

function cpu_us(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

if (import.meta.main) {
  const devices = devicesAround(4000, 3.3);
  const plan = { gateways: gatewaysAround(CITY, 9, 3) };
  for (const format of LNS_FORMATS) {
    const cost = measureGeneration(() => emissionsOf(devices, { reports: 50 }), plan, format);
    process.stdout.write(`${format} ${JSON.stringify(cost)}\n`);
  }
}
