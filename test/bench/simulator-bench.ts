import { createSource, loadScenario, planRun } from '@veilleur/simulators';

/** A simulated day or so: what a customer's day costs is paid for once by all its reports. */
const EVENTS = 900_000;

export interface SimulatorFigures {
  readonly scenario: string;
  readonly devices: number;
  /** A second of CPU: what a device's frame costs from its physics to the message that is ready to go. */
  readonly eventsPerCpuSecond: number;
  readonly messageBytes: number;
}

/** The city of Mulhouse through its radio and its network server, published to nobody. */
export async function measureSimulator(seed: number): Promise<SimulatorFigures> {
  const scenario = await loadScenario('mulhouse');
  const source = await createSource(planRun(scenario, { seed, days: 1 }, new Date('2026-03-05T00:00:00Z')));
  const bytes = Buffer.allocUnsafe(65_536);
  const before = process.cpuUsage();
  let events = 0;
  let messages = 0;
  let messageBytes = 0;
  for (const event of source.events()) {
    const message = source.word(event);
    events += 1;
    if (message !== null) {
      messages += 1;
      const { payload } = message;
      // Written, as a publisher does: only then is a string's text put together.
      messageBytes += typeof payload === 'string' ? bytes.write(payload, 0) : payload.length;
    }
    if (events === EVENTS) break;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    scenario: scenario.name,
    devices: source.city.deviceCount,
    eventsPerCpuSecond: Math.round(events / ((user + system) / 1e6)),
    messageBytes: Math.round(messageBytes / messages),
  };
}
