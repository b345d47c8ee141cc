import type { MetricsPage } from '../support/bridge-process.ts';
import type { World } from './world.ts';

/**
 * Reads the metrics pages of all bridges, again and again, and keeps what breaks
 * `received = stored + duplicate + quarantined + in flight`.
 */
export class ConservationWatch {
  readonly broken: string[] = [];
  pagesRead = 0;
  readonly #world: World;
  readonly #timer: NodeJS.Timeout;

  constructor(world: World) {
    this.#world = world;
    this.#timer = setInterval(() => void this.read(), 500);
  }

  /** The pages of the bridges that answer. */
  async read(): Promise<readonly (MetricsPage | null)[]> {
    return Promise.all(
      this.#world.bridges.map(async ({ bridge }) => {
        const page = await bridge.page();
        if (page === null) return null;
        this.pagesRead += 1;
        const { received, stored, duplicate, quarantined, inFlight } = page;
        if (received !== stored + duplicate + quarantined + inFlight) {
          this.broken.push(`${bridge.clientId}: ${JSON.stringify(page)}`);
        }
        return page;
      }),
    );
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
