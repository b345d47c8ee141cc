import type { Select } from './language/rule.ts';

/** What a rule may choose a device by. */
export interface DeviceAttributes {
  readonly devEui: string;
  readonly name: string | null;
  readonly profile: string | null;
  /** As its profile says: water, gas, electricity, lighting ... */
  readonly medium: string | null;
  /** Codes of its site and of all the sites around it. */
  readonly sites: readonly string[];
  /** What each of them is: household, building ... */
  readonly siteLevels?: readonly string[] | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/** As a tag's value: whatever it is, if the device has it. */
const ANY = '*';

export function isSelected(select: Select, device: DeviceAttributes): boolean {
  const { devices, profiles, media, sites, tags = {}, except } = select;
  if (except !== undefined && isSelected(except, device)) return false;
  if (devices !== undefined && !devices.some((one) => one === device.devEui || one === device.name))
    return false;
  if (profiles !== undefined && !profiles.includes(device.profile ?? '')) return false;
  if (media !== undefined && !media.includes(device.medium ?? '')) return false;
  if (sites !== undefined && !sites.some((site) => device.sites.includes(site))) return false;
  return Object.entries(tags).every(([name, wanted]) => {
    const value = device.tags[name];
    if (value === undefined) return false;
    return typeof wanted === 'string' ? wanted === ANY || wanted === value : wanted.includes(value);
  });
}
