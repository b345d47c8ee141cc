import type { WatchedDevice } from './watched-device.ts';

/** The devices that are remembered: as many as the memory bears, the longest unused ones forgotten first. */
export class DeviceCache {
  readonly #devices = new Map<number, { readonly device: WatchedDevice; readonly weight: number }>();
  readonly #capacity: number;
  #weight = 0;

  /** @param capacity In samples, some 20 bytes each. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#devices.size;
  }

  get samples(): number {
    return this.#weight;
  }

  ids(): Iterable<number> {
    return this.#devices.keys();
  }

  get(id: number): WatchedDevice | undefined {
    return this.#devices.get(id)?.device;
  }

  /** Remembers it as the one that was used last. */
  put(device: WatchedDevice): void {
    this.drop(device.id);
    const { weight } = device;
    this.#devices.set(device.id, { device, weight });
    this.#weight += weight;
  }

  drop(id: number): void {
    const found = this.#devices.get(id);
    if (found === undefined) return;
    this.#weight -= found.weight;
    this.#devices.delete(id);
  }

  clear(): void {
    this.#devices.clear();
    this.#weight = 0;
  }

  /** Forgets what is too much. */
  shrink(): void {
    for (const id of this.#devices.keys()) {
      if (this.#weight <= this.#capacity) return;
      this.drop(id);
    }
  }
}
