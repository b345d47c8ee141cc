import type { Quantity } from '@veilleur/domain';

/** How far a word alone goes: `temperature` says what it is, `t` and `light` may be something else. */
export type Clarity = 'clear' | 'ambiguous';

export interface Concept {
  readonly quantity: Quantity;
  /** A name must have a word of each group, the field's own words or its parents'. */
  readonly groups: readonly (readonly string[])[];
  /** A name with one of these means something else. */
  readonly never?: readonly string[];
  readonly clarity?: Clarity;
  /**
   * What an unstated unit may be taken for. `usual`: nearly every public codec means this quantity's own
   * unit. `open`: L or m3, Wh or kWh, so that the guess has to be looked at.
   */
  readonly unit: 'usual' | 'open' | 'none';
}

const BATTERY = ['battery', 'batt', 'bat', 'vbat', 'vbatt', 'batterie', 'pile', 'batv', 'accu'];
const WATER = ['water', 'eau', 'aqua'];
const GAS = ['gas', 'gaz'];
const HEAT = ['heat', 'heating', 'thermal', 'chaleur', 'thermique', 'chauffage'];
const COLD = ['cooling', 'cold', 'froid'];
const VOLUME = ['volume', 'vol', 'totalizer', 'totaliser', 'm3', 'liters', 'litres'];
const ENERGY = ['energy', 'energie', 'kwh', 'wh', 'mwh'];
const POWER = ['power', 'puissance', 'watt', 'watts', 'pwr', 'kw'];
const EXPORT = [
  'export',
  'exported',
  'injected',
  'injection',
  'injectee',
  'produced',
  'produite',
  'negative',
  'reverse',
];
const REACTIVE = ['reactive', 'var', 'varh', 'kvarh', 'reactif'];
const FLOW = ['flow', 'debit', 'flowrate'];

/** First match wins, so what is said with more words stands first. */
export const CONCEPTS: readonly Concept[] = [
  // Flags of meters and devices
  { quantity: 'low_battery', groups: [BATTERY, ['low', 'faible', 'weak', 'empty']], unit: 'none' },
  { quantity: 'backflow', groups: [['backflow', 'refoulement']], unit: 'none' },
  {
    quantity: 'backflow',
    groups: [
      ['reverse', 'back', 'retour'],
      [...FLOW, ...WATER],
    ],
    unit: 'none',
  },
  { quantity: 'burst', groups: [['burst', 'rupture']], unit: 'none' },
  { quantity: 'leak', groups: [['leak', 'leakage', 'leaking', 'fuite', 'waterleak']], unit: 'none' },
  {
    quantity: 'leak',
    groups: [WATER, ['detected', 'presence', 'detection']],
    unit: 'none',
    clarity: 'ambiguous',
  },
  {
    quantity: 'tamper',
    groups: [['tamper', 'tampered', 'tampering', 'fraud', 'fraude', 'sabotage', 'removal', 'arrachement']],
    unit: 'none',
  },
  {
    quantity: 'dry_pipe',
    groups: [
      ['dry', 'empty'],
      ['pipe', 'conduite'],
    ],
    unit: 'none',
  },
  { quantity: 'low_temperature', groups: [['freeze', 'freezing', 'frost', 'gel']], unit: 'none' },
  {
    quantity: 'supply_loss',
    groups: [
      [...POWER, 'mains', 'secteur'],
      ['loss', 'lost', 'outage', 'failure', 'fail', 'coupure', 'cut'],
    ],
    unit: 'none',
  },
  {
    quantity: 'tilt',
    groups: [['tilt', 'tilted', 'fall', 'renverse']],
    unit: 'none',
    never: ['angle', 'x', 'y', 'z'],
  },
  {
    quantity: 'motion_count',
    groups: [
      ['motion', 'movement', 'pir', 'mouvement', 'mouvements'],
      ['count', 'counter', 'counts', 'nb'],
    ],
    unit: 'none',
  },
  { quantity: 'presence', groups: [['presence', 'occupancy', 'occupied', 'occupation']], unit: 'none' },
  {
    quantity: 'presence',
    groups: [['motion', 'pir', 'movement', 'mouvement']],
    unit: 'none',
    clarity: 'ambiguous',
  },
  {
    quantity: 'device_fault',
    groups: [['fault', 'defaut', 'defect', 'malfunction', 'failure']],
    unit: 'none',
    clarity: 'ambiguous',
  },
  // The device
  {
    quantity: 'battery_voltage',
    groups: [BATTERY],
    unit: 'open',
    never: ['temperature', 'temp', 'current', 'charging', 'charge', 'replaced', 'low'],
  },
  // Meters
  {
    quantity: 'operating_hours',
    groups: [
      ['operating', 'running', 'burning', 'fonctionnement', 'lamp'],
      ['hours', 'time', 'heures'],
    ],
    unit: 'open',
  },
  {
    quantity: 'power_factor',
    groups: [
      ['factor', 'facteur'],
      ['power', 'puissance'],
    ],
    unit: 'usual',
  },
  { quantity: 'power_factor', groups: [['cosphi', 'pf']], unit: 'usual' },
  { quantity: 'thermal_power', groups: [HEAT, POWER], unit: 'usual' },
  { quantity: 'apparent_power', groups: [['apparent', 'apparente'], POWER], unit: 'usual', never: ENERGY },
  { quantity: 'apparent_power', groups: [['va', 'kva']], unit: 'usual' },
  { quantity: 'heat_energy', groups: [HEAT, ENERGY], unit: 'open', never: COLD },
  { quantity: 'cooling_energy', groups: [COLD, ENERGY], unit: 'open' },
  { quantity: 'active_energy_export', groups: [ENERGY, EXPORT], unit: 'open', never: REACTIVE },
  {
    quantity: 'active_energy_import',
    groups: [ENERGY],
    unit: 'open',
    never: [...REACTIVE, 'apparent', ...HEAT, ...COLD],
  },
  {
    quantity: 'active_power',
    groups: [POWER],
    unit: 'usual',
    never: [
      ...REACTIVE,
      'tx',
      'rx',
      'supply',
      'source',
      'external',
      'on',
      'off',
      'cycle',
      'saving',
      'level',
      'relay',
      ...COLD,
    ],
  },
  {
    quantity: 'flow_rate',
    groups: [FLOW],
    unit: 'open',
    never: ['temperature', 'temp', 'air', 'total', 'totalizer', ...ENERGY],
  },
  {
    quantity: 'gas_volume',
    groups: [GAS, [...VOLUME, 'index', 'counter', 'compteur', 'total']],
    unit: 'open',
    never: ['resistance', 'sensor'],
  },
  {
    quantity: 'water_volume',
    groups: [WATER, [...VOLUME, 'index', 'compteur', 'consumption', 'total', 'meter', 'counter']],
    unit: 'open',
    never: ['level', 'temp', 'temperature'],
  },
  {
    quantity: 'water_volume',
    groups: [VOLUME],
    unit: 'open',
    clarity: 'ambiguous',
    never: [...HEAT, ...COLD, ...GAS, 'soil', 'sound', 'tank', 'vwc'],
  },
  {
    quantity: 'pulse_count',
    groups: [['pulse', 'pulses', 'impulsion', 'impulsions', 'impulse', 'impulses']],
    unit: 'none',
    never: ['width', 'weight', 'unit', 'value', 'per', 'rate', 'length'],
  },
  {
    quantity: 'pulse_count',
    groups: [['counter', 'compteur', 'meter', 'index', 'totalcount']],
    unit: 'none',
    clarity: 'ambiguous',
    never: [
      'frame',
      'message',
      'packet',
      'uplink',
      'downlink',
      'seq',
      'sequence',
      'reset',
      'reboot',
      'error',
      'day',
      'time',
      'battery',
      'uv',
      'quality',
      'air',
      'button',
      'up',
      'down',
      'f',
      'profile',
      'page',
    ],
  },
  {
    quantity: 'frequency',
    groups: [['frequency', 'frequence', 'freq']],
    unit: 'usual',
    never: ['lora', 'tx', 'rx', 'report', 'data', 'sampling'],
  },
  { quantity: 'electric_charge', groups: [['ah', 'charge']], unit: 'open', never: BATTERY },
  // Environment
  {
    quantity: 'relative_humidity',
    groups: [['humidity', 'hum', 'rh', 'humidite', 'hygrometrie', 'hygro', 'humid']],
    unit: 'usual',
    never: ['soil', 'sol', 'absolute', 'substrate', 'leaf'],
  },
  {
    quantity: 'temperature',
    groups: [['temperature', 'temperatures', 'temp', 'tmp', 'tempc']],
    unit: 'usual',
    never: ['color', 'colour'],
  },
  { quantity: 'temperature', groups: [['t', 'tc', 'ta']], unit: 'usual', clarity: 'ambiguous' },
  { quantity: 'carbon_dioxide', groups: [['co2', 'eco2', 'carbondioxide']], unit: 'usual' },
  {
    quantity: 'volatile_organic_compounds',
    groups: [['tvoc', 'voc', 'cov', 'vocs']],
    unit: 'open',
    never: ['index', 'iaq'],
  },
  {
    quantity: 'air_pressure',
    groups: [['pressure', 'baro', 'barometer', 'barometric', 'pression', 'atmospheric']],
    unit: 'open',
    never: [
      'water',
      'differential',
      'diff',
      'tank',
      'relative',
      'sound',
      'vapor',
      'vapour',
      'tyre',
      'tire',
      'inlet',
      'outlet',
    ],
  },
  {
    quantity: 'illuminance',
    groups: [['lux', 'illuminance', 'illumination', 'luminosity', 'luminosite', 'eclairement', 'illuminace']],
    unit: 'usual',
  },
  {
    quantity: 'illuminance',
    groups: [['light', 'lumiere', 'brightness']],
    unit: 'usual',
    clarity: 'ambiguous',
    never: ['level', 'status', 'state', 'on', 'dim', 'color'],
  },
  { quantity: 'light_level', groups: [['dim', 'dimming', 'gradation']], unit: 'usual', clarity: 'ambiguous' },
  {
    quantity: 'fill_level',
    groups: [
      ['fill', 'filling', 'remplissage', 'fullness', 'niveau'],
      ['level', 'percent', 'rate', 'taux', 'remplissage', 'fill', 'fullness', 'niveau'],
    ],
    unit: 'usual',
  },
  { quantity: 'distance', groups: [['distance', 'dist', 'ultrasonic']], unit: 'open' },
  {
    quantity: 'digital_input',
    groups: [
      ['door', 'porte', 'contact', 'reed', 'window', 'fenetre', 'magnet', 'magnetic', 'opened', 'open'],
    ],
    unit: 'none',
    never: ['count', 'counter', 'duration', 'times', 'time', 'total', 'circuit'],
  },
  {
    quantity: 'digital_input',
    groups: [['digital', 'di', 'din', 'input', 'entree', 'tor']],
    unit: 'none',
    never: ['count', 'counter', 'output', 'analog'],
  },
  {
    quantity: 'digital_output',
    groups: [['relay', 'relais', 'do', 'output', 'sortie', 'socket', 'plug']],
    unit: 'none',
    never: ['count', 'failure'],
  },
  // Words that also are adjectives or parts of other names stand last.
  {
    quantity: 'voltage',
    groups: [['voltage', 'tension', 'volt', 'volts', 'vrms', 'u', 'mv']],
    unit: 'open',
    never: ['adc', 'analog', 'input', 'sensor', 'solar', 'panel'],
  },
  {
    quantity: 'current',
    groups: [['current', 'courant', 'intensite', 'intensity', 'irms', 'amps', 'ampere']],
    unit: 'open',
    never: ['firmware', 'state', 'mode', 'profile', 'loop', 'light', 'page', 'position', 'weather'],
  },
];

/** A threshold or a setting is no reading, whatever quantity it is of. */
export const SETTING_WORDS: ReadonlySet<string> = new Set([
  'threshold',
  'thresholds',
  'limit',
  'setpoint',
  'target',
  'consigne',
  'seuil',
  'offset',
  'calibration',
  'config',
  'configuration',
  'interval',
  'periode',
  'period',
  'enable',
  'enabled',
  'enabling',
  'hysteresis',
  'mode',
  'type',
  'version',
  'id',
  'serial',
  'timeout',
  'resolution',
  'capability',
  'unit',
  'precision',
  'setting',
  'settings',
  'control',
  'command',
  'installed',
  'format',
]);

/** A number with one of these is about readings, but is none of the moment: an extreme, a change, an alarm. */
export const DERIVED_WORDS: ReadonlySet<string> = new Set([
  'min',
  'max',
  'minimum',
  'maximum',
  'mini',
  'maxi',
  'delta',
  'diff',
  'difference',
  'alarm',
  'alarms',
  'alarme',
  'alert',
  'event',
  'status',
  'state',
  'error',
  'std',
  'variance',
  'stddev',
  'average',
  'avg',
  'mean',
  'moyenne',
  'change',
  'changed',
  'variation',
  'trend',
  'previous',
  'last',
  'yesterday',
  'daily',
  'day',
  'monthly',
  'month',
  'week',
  'raw',
  'count',
  'duration',
  'peak',
  'quality',
  'time',
  'date',
  'timestamp',
  'age',
  'dewpoint',
  'dew',
]);

/** Counts and totals are what an index is, so these words derive nothing there. */
export const INDEX_WORDS: ReadonlySet<string> = new Set(['count', 'last', 'raw', 'time']);

/** A field of this name is called what its parent is called. */
export const GENERIC_WORDS: ReadonlySet<string> = new Set([
  'value',
  'val',
  'reading',
  'measurement',
  'valeur',
  'mesure',
  'measure',
  'data',
  'v',
]);

export const TIME_WORDS: ReadonlySet<string> = new Set([
  'time',
  'timestamp',
  'date',
  'datetime',
  'ts',
  'horodatage',
  'heure',
  'utc',
  'at',
]);
