import type { FamilyId } from '../faults/kinds.ts';
import { derive, hash, type Key, unit } from '../seeded.ts';
import type { Building } from './building.ts';
import type { Position } from './lighting.ts';
import { doorOf } from './streets.ts';

export interface Place {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly position: Position;
  readonly inPit: boolean;
}

const KM_PER_DEGREE = 111.2;
const LAMP_SPACING_KM = 0.028;

export interface PlacesSettings {
  readonly city: Key;
  readonly centre: Position & { readonly radius_km: number };
  readonly inPitShare: number;
  readonly householdOf: (family: FamilyId, number: number) => number;
  readonly buildings: readonly Building[];
  readonly lampsPerCabinet: number;
  readonly sectors: readonly { readonly id: string; readonly program: { readonly id: string } }[];
}

/** Where the devices of a city are, and what they are called. */
export class Places {
  readonly #settings: PlacesSettings;

  constructor(settings: PlacesSettings) {
    this.#settings = settings;
  }

  of(family: FamilyId, number: number): Place {
    switch (family) {
      case 'water':
      case 'gas':
      case 'electricity':
        return this.#home(family, number);
      case 'lighting':
      case 'cabinet':
        return this.#lighting(family, number);
      case 'district':
        return {
          name: `secteur-eau-${number + 1}`,
          tags: { role: 'district' },
          position: this.#somewhere('district', number),
          inPit: true,
        };
      case 'building_water':
      case 'building_gas':
      case 'building_electricity':
        return this.#building(family, number);
    }
  }

  #home(family: 'water' | 'gas' | 'electricity', number: number): Place {
    const household = this.#settings.householdOf(family, number);
    const { id, street } = doorOf(household);
    const prefix = { water: 'eau', gas: 'gaz', electricity: 'elec' }[family];
    const pits = derive(this.#settings.city, 'pits');
    return {
      name: `${prefix}-${id}`,
      tags: { street, household: String(household) },
      position: this.#somewhere('home', household),
      inPit: family === 'water' && unit(pits, household) < this.#settings.inPitShare,
    };
  }

  #lighting(family: 'lighting' | 'cabinet', number: number): Place {
    const { lampsPerCabinet, sectors } = this.#settings;
    const cabinet = family === 'cabinet' ? number : Math.floor(number / lampsPerCabinet);
    const sector = sectors[cabinet % sectors.length] ?? { id: 'centre', program: { id: 'all-night' } };
    const position = this.#somewhere('cabinet', cabinet);
    const cabinetName = `armoire-${cabinet + 1}`;
    const tags = { sector: sector.id, 'lighting-program': sector.program.id, cabinet: cabinetName };
    if (family === 'cabinet') return { name: cabinetName, tags, position, inPit: false };
    const { id, street } = doorOf(number);
    const bearing = 2 * Math.PI * unit(derive(this.#settings.city, 'streets'), cabinet);
    const along_km = (number - cabinet * lampsPerCabinet) * LAMP_SPACING_KM;
    return {
      name: `lampe-${id}`,
      tags: { street, ...tags },
      position: moved(position, along_km * Math.sin(bearing), along_km * Math.cos(bearing)),
      inPit: false,
    };
  }

  #building(family: 'building_water' | 'building_gas' | 'building_electricity', number: number): Place {
    const kind = this.#settings.buildings[number]?.kind ?? 'town_hall';
    const prefix = { building_water: 'eau', building_gas: 'gaz', building_electricity: 'elec' }[family];
    return {
      name: `${prefix}-${kind.replaceAll('_', '-')}-${number + 1}`,
      tags: { building: `${kind}-${number + 1}` },
      position: this.#somewhere('building', number),
      inPit: family === 'building_water',
    };
  }

  /** Anywhere within the city's radius, as likely here as there. */
  #somewhere(kind: string, number: number): Position {
    const { city, centre } = this.#settings;
    const key = hash(derive(city, `place of ${kind}`), number);
    const far_km = centre.radius_km * Math.sqrt(unit(key, 0));
    const bearing = 2 * Math.PI * unit(key, 1);
    return moved(centre, far_km * Math.sin(bearing), far_km * Math.cos(bearing));
  }
}

/** To five decimals of a degree, a metre. */
function moved({ latitude, longitude }: Position, east_km: number, north_km: number): Position {
  const kmPerDegreeEast = KM_PER_DEGREE * Math.cos((latitude * Math.PI) / 180);
  return {
    latitude: Math.round((latitude + north_km / KM_PER_DEGREE) * 1e5) / 1e5,
    longitude: Math.round((longitude + east_km / kmPerDegreeEast) * 1e5) / 1e5,
  };
}
