import type { Quantity } from '@veilleur/domain';

import { words } from './words.ts';

export interface Concept {
  readonly quantity: Quantity;
  /** A name must have a word of each group, its own or its parents'. */
  readonly groups: readonly ReadonlySet<string>[];
  /** A name with one of these means something else. */
  readonly never: ReadonlySet<string>;
  /** `light` may be lux or a lamp that is on: such a word alone lowers the confidence. */
  readonly isAmbiguous: boolean;
  /** Too short to mean anything in company: `t` is a temperature, the `t` of `t_ype` is not. */
  readonly standsAlone: boolean;
  /**
   * What an unstated unit may be taken for. `usual`: nearly every public codec means this quantity's own
   * unit. `open`: L or m3, Wh or kWh, so that the guess has to be looked at.
   */
  readonly unit: 'usual' | 'open' | 'none';
}

interface ConceptRow {
  readonly never?: string;
  readonly isAmbiguous?: boolean;
  readonly standsAlone?: boolean;
}

const BATTERY = 'battery batt bat vbat vbatt batterie pile batv accu';
const WATER = 'water eau aqua';
const GAS = 'gas gaz';
const HEAT = 'heat heating thermal chaleur thermique chauffage';
const COLD = 'cooling cold froid';
const VOLUME = 'volume vol totalizer totaliser m3 liters litres';
const ENERGY = 'energy energie kwh wh mwh';
const POWER = 'power puissance watt watts pwr kw';
const EXPORT = 'export exported injected injection injectee produced produite negative reverse';
const REACTIVE = 'reactive var varh kvarh reactif';
const FLOW = 'flow debit flowrate';
const BROKEN = 'fault defaut defect malfunction failure';
const COUNTED = 'count counter counts nb times duration total';

const flag = (quantity: Quantity, groups: readonly string[], row: ConceptRow = {}) =>
  concept(quantity, 'none', groups, row);

function concept(
  quantity: Quantity,
  unit: Concept['unit'],
  groups: readonly string[],
  { never = '', isAmbiguous = false, standsAlone = false }: ConceptRow = {},
): Concept {
  return {
    quantity,
    unit,
    groups: groups.map((group) => words(group)),
    never: words(never),
    isAmbiguous,
    standsAlone,
  };
}

const FLAGS: readonly Concept[] = [
  flag('low_battery', [BATTERY, 'low faible weak empty']),
  flag('backflow', ['backflow refoulement']),
  flag('backflow', ['reverse back retour', `${FLOW} ${WATER}`]),
  flag('burst', ['burst rupture']),
  flag('leak', ['leak leakage leaking fuite waterleak']),
  flag('leak', [WATER, 'detected presence detection'], { isAmbiguous: true }),
  flag('tamper', ['tamper tampered tampering fraud fraude sabotage removal arrachement']),
  flag('dry_pipe', ['dry empty', 'pipe conduite']),
  flag('low_temperature', ['freeze freezing frost gel']),
  flag('supply_loss', [`${POWER} mains secteur`, 'loss lost outage failure fail coupure cut']),
  flag('tilt', ['tilt tilted fall renverse'], { never: `angle x y z ${COUNTED}` }),
  concept('motion_count', 'none', ['motion movement pir mouvement mouvements', 'count counter counts nb']),
  flag('presence', ['presence occupancy occupied occupation'], { never: `${BROKEN} ${COUNTED}` }),
  flag('presence', ['motion pir movement mouvement'], { isAmbiguous: true, never: `${BROKEN} ${COUNTED}` }),
  flag('device_fault', [BROKEN], { isAmbiguous: true }),
];

const METERS: readonly Concept[] = [
  concept('operating_hours', 'open', ['operating running burning fonctionnement lamp', 'hours time heures']),
  concept('power_factor', 'usual', ['factor facteur', 'power puissance']),
  concept('power_factor', 'usual', ['cosphi pf']),
  concept('thermal_power', 'usual', [HEAT, POWER]),
  concept('apparent_power', 'usual', ['apparent apparente', POWER], { never: ENERGY }),
  concept('apparent_power', 'usual', ['va kva']),
  concept('heat_energy', 'open', [HEAT, ENERGY], { never: COLD }),
  concept('cooling_energy', 'open', [COLD, ENERGY]),
  concept('active_energy_export', 'open', [ENERGY, EXPORT], { never: REACTIVE }),
  concept('active_energy_import', 'open', [ENERGY], {
    never: `${REACTIVE} apparent ${HEAT} ${COLD} low storage harvesting saving`,
  }),
  // A meter's `power_consumption` mostly is what it has counted.
  concept('active_energy_import', 'open', [POWER, 'consumption consumed consommation'], {
    isAmbiguous: true,
  }),
  concept('active_power', 'usual', [POWER], {
    never: `${REACTIVE} ${COLD} tx rx supply source external on off cycle saving level relay used`,
  }),
  concept('flow_rate', 'open', [FLOW], { never: `temperature temp air sap total totalizer ${ENERGY}` }),
  concept('gas_volume', 'open', [GAS, `${VOLUME} index counter compteur total`], {
    never: 'resistance sensor',
  }),
  concept('water_volume', 'open', [WATER, `${VOLUME} index compteur consumption total meter counter`], {
    never: 'level temp temperature',
  }),
  concept('water_volume', 'open', [VOLUME], {
    isAmbiguous: true,
    never: `${HEAT} ${COLD} ${GAS} soil sound tank vwc`,
  }),
  concept('water_volume', 'open', ['index compteur counter', 'l liter litre liters litres'], {
    isAmbiguous: true,
  }),
  concept('pulse_count', 'none', ['pulse pulses impulsion impulsions impulse impulses'], {
    never: 'width weight unit value per rate length',
  }),
  concept('pulse_count', 'none', ['counter compteur index totalcount'], {
    isAmbiguous: true,
    never: `frame message packet uplink downlink seq sequence reset reboot error day time uv quality air button
      up down f profile page people person visitor activity door ${BATTERY}`,
  }),
  concept('frequency', 'usual', ['frequency frequence freq'], { never: 'lora tx rx report data sampling' }),
  concept('electric_charge', 'open', ['ah charge'], { never: BATTERY }),
];

const ENVIRONMENT: readonly Concept[] = [
  concept('relative_humidity', 'usual', ['humidity hum rh humidite hygrometrie hygro humid humi'], {
    never: 'soil sol absolute substrate leaf',
  }),
  concept('temperature', 'usual', ['temperature temperatures temp tmp tempc'], { never: 'color colour' }),
  concept('temperature', 'usual', ['t tc ta'], { isAmbiguous: true, standsAlone: true }),
  concept('carbon_dioxide', 'usual', ['co2 eco2 carbondioxide']),
  concept('volatile_organic_compounds', 'open', ['tvoc voc cov vocs'], { never: 'index iaq' }),
  concept('air_pressure', 'open', ['pressure baro barometer barometric pression atmospheric'], {
    never: 'water differential diff tank relative sound vapor vapour tyre tire inlet outlet',
  }),
  concept('illuminance', 'usual', ['lux illuminance illumination luminosity luminosite eclairement']),
  concept('illuminance', 'usual', ['light lumiere brightness'], {
    isAmbiguous: true,
    never: 'level status state on dim color infrared ultraviolet',
  }),
  concept('light_level', 'usual', ['dim dimming gradation'], { isAmbiguous: true }),
  concept('fill_level', 'usual', [
    'fill filling remplissage fullness',
    'level percent rate taux remplissage fullness',
  ]),
  concept('distance', 'open', ['distance dist ultrasonic']),
  flag('digital_input', ['door porte contact reed window fenetre magnet magnetic opened open'], {
    never: `${COUNTED} ${BROKEN} time circuit`,
  }),
  flag('digital_input', ['digital di din input entree tor'], { never: `${COUNTED} output analog` }),
  flag('digital_output', ['relay relais do output sortie socket plug'], { never: `${COUNTED} ${BROKEN}` }),
];

/** Words that also are adjectives or parts of other names: `current_volume`, `battery_voltage`. */
const ADJECTIVES: readonly Concept[] = [
  concept('voltage', 'open', ['voltage tension volt volts vrms'], {
    never: 'adc analog input sensor solar panel capacitor',
  }),
  concept('voltage', 'open', ['u mv'], { isAmbiguous: true, standsAlone: true }),
  concept('current', 'open', ['current courant intensite intensity irms amps ampere'], {
    never: 'firmware state mode profile loop light page position weather',
  }),
];

/** First match wins, so what is said with more words stands first. */
export const CONCEPTS: readonly Concept[] = [
  ...FLAGS,
  concept('battery_voltage', 'open', [BATTERY], {
    never: 'temperature temp current charging charge replaced low powered',
  }),
  ...METERS,
  ...ENVIRONMENT,
  ...ADJECTIVES,
];

/** What `index` and `counter` count where a unit beside them says so. */
export const REGISTERS: readonly Concept[] = [
  concept('water_volume', 'open', [], { isAmbiguous: true }),
  concept('active_energy_import', 'open', [], { isAmbiguous: true }),
];

/** A threshold or a setting is no reading, whatever quantity it is of. */
export const SETTING_WORDS =
  words(`threshold thresholds limit setpoint target consigne seuil offset calibration
  config configuration interval periode period enable enabled enabling hysteresis mode type version id serial
  timeout resolution capability unit precision setting settings control command installed format`);

/** A number with one of these is about readings, but is none of the moment: an extreme, a change, an alarm. */
export const DERIVED_WORDS =
  words(`min max minimum maximum mini maxi delta diff difference alarm alarms alarme
  alert event status state error std variance stddev average avg mean moyenne change changed variation trend
  previous last yesterday daily day monthly month week raw count duration peak quality time date timestamp age
  dewpoint dew`);

/** Counts and totals are what an index is, so these words derive nothing there. */
export const INDEX_WORDS = words('count last raw time');

/** A flag with one of these is about another field: that it changed, or that its sensor is broken. */
export const FLAG_REFUSALS = words('change changed failure fault error count duration');

/** A field of this name is called what its parent is called. */
export const GENERIC_WORDS = words('value val reading measurement valeur mesure measure data v');

export const TIME_WORDS = words('time timestamp date datetime ts horodatage heure utc at');

export const LEVEL_WORDS = words('level soc niveau capacity');

/** A meter with both of these is a heat meter, whatever its energy and volume are called. */
export const FORWARD_WORDS = words('flow forward supply inlet aller depart');
export const RETURN_WORDS = words('return outlet retour');
export const TEMPERATURE_WORDS = words('temperature temp');
