import type { City } from '../city/city.ts';
import type { CityDevice } from '../city/city-device.ts';
import type { FamilyId } from '../faults/kinds.ts';
import type { CityPoint, CitySite } from './city-point.ts';
import { registerOf } from './installations.ts';
import { termsOf } from './register-terms.ts';

/** All of a city's codes begin so: another seed is another city. */
export function codePrefixOf(city: City): string {
  const { value: first } = city.devices()[Symbol.iterator]().next();
  return `sim-${first === undefined ? '0000' : first.devEui.slice(6, 10)}`;
}

/** The city, its water districts, the homes and public buildings in them: each after what it is part of. */
export function* citySites(city: City, timeZone: string): Generator<CitySite> {
  const prefix = codePrefixOf(city);
  const { models } = city;
  const districts = familyOf(city, 'district')?.count ?? 0;
  const site = { parent: prefix, timeZone: undefined, attributes: {} };
  yield { ...site, code: prefix, name: 'Simulated city', kind: 'city', parent: undefined, timeZone };
  for (let n = 0; n < districts; n++) {
    yield { ...site, code: `${prefix}-district-${n}`, name: `Water district ${n + 1}`, kind: 'district' };
  }
  const districtOf = districtsBy(city);
  const homes = new Map<number, string>();
  for (const id of ['water', 'gas', 'electricity'] as const) {
    for (let n = 0; n < (familyOf(city, id)?.count ?? 0); n++) {
      const household = models.householdOf(id, n);
      if (homes.has(household)) continue;
      homes.set(household, (id === 'water' ? districtOf('water', n) : undefined) ?? prefix);
    }
  }
  for (const [household, parent] of homes) {
    const code = homeCode(prefix, household);
    yield { ...site, code, name: `Household ${household}`, kind: 'household', parent };
  }
  for (const [n, { kind, area_m2 }] of models.buildings.entries()) {
    yield {
      ...site,
      code: buildingCode(prefix, n),
      name: `${kind.replaceAll('_', ' ')} ${n + 1}`,
      kind: 'building',
      parent: districtOf('building_water', n) ?? prefix,
      attributes: { use: kind, area_m2 },
    };
  }
}

/**
 * A metering point for each meter of the city, districts before those whose water they meter too.
 *
 * @param until when the run ends: what happens later is not recorded.
 */
export function* cityPoints(city: City, until: Date): Generator<CityPoint> {
  const prefix = codePrefixOf(city);
  const districtOf = districtsBy(city);
  const span = { from_s: city.models.installed_s, until_s: Math.floor(until.getTime() / 1000) };
  const families = new Map(city.models.families.map((family) => [family.id, family]));
  const replacements = new Map<string, CityDevice>();
  const meters: CityDevice[] = [];
  for (const device of city.devices()) {
    if (termsOf(device.familyId) === undefined) continue;
    if (isReplacement(device)) replacements.set(`${device.familyId} ${device.number}`, device);
    else meters.push(device);
  }
  const isDistrict = ({ familyId }: CityDevice) => familyId === 'district';
  for (const device of [...meters.filter(isDistrict), ...meters.filter((one) => !isDistrict(one))]) {
    const { familyId, number, name } = device;
    const family = families.get(familyId);
    const terms = termsOf(familyId);
    if (family === undefined || terms === undefined) continue;
    const code = pointCode(prefix, familyId, number);
    const place = {
      family,
      number,
      device,
      replacement: replacements.get(`${familyId} ${number}`),
      serial: code,
    };
    const district = districtOf(familyId, number);
    yield {
      code,
      name,
      kind: terms.kind,
      quantity: terms.quantity,
      site: siteOf(city, prefix, familyId, number, district),
      parent: district === undefined || isDistrict(device) ? undefined : district,
      dayStartMinutes: terms.dayStartMinutes,
      family: familyId,
      number,
      registers: terms.registers.map((register) => registerOf(place, terms, register, span)),
    };
  }
}

const isReplacement = ({ service }: CityDevice) =>
  service !== undefined && service.from_s !== Number.NEGATIVE_INFINITY;

const familyOf = ({ models }: City, id: FamilyId) => models.families.find((family) => family.id === id);

const homeCode = (prefix: string, household: number) => `${prefix}-household-${household}`;
const buildingCode = (prefix: string, number: number) => `${prefix}-building-${number}`;
const pointCode = (prefix: string, family: FamilyId, number: number) => `${prefix}-${family}-${number}`;

function siteOf(
  { models }: City,
  prefix: string,
  family: FamilyId,
  number: number,
  district: string | undefined,
): string {
  switch (family) {
    case 'water':
    case 'gas':
    case 'electricity':
      return homeCode(prefix, models.householdOf(family, number));
    case 'building_water':
    case 'building_gas':
    case 'building_electricity':
      return buildingCode(prefix, number);
    case 'district':
      return district ?? prefix;
    case 'cabinet':
    case 'lighting':
      return prefix;
  }
}

/** The code of the district whose water a meter's is; that of its site and of its point are the same. */
function districtsBy(city: City): (family: FamilyId, number: number) => string | undefined {
  const prefix = codePrefixOf(city);
  const ranges = Array.from({ length: familyOf(city, 'district')?.count ?? 0 }, (_, n) =>
    city.models.customersOf(n),
  );
  return (family, number) => {
    if (family === 'district') return pointCode(prefix, 'district', number);
    const district = ranges.findIndex((parts) =>
      parts.some((part) => part.family === family && number >= part.from && number < part.until),
    );
    return district === -1 ? undefined : pointCode(prefix, 'district', district);
  };
}
