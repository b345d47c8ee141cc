/**
 * What a number means. A quantity fixes its unit (UCUM code), so a value never travels with one;
 * profiles convert on the way in. `kind` says how the numbers of a period combine:
 *
 * - `index`: a register that only grows; a period's consumption is the difference of two readings;
 * - `gauge`: a momentary value; a period has a mean, a minimum and a maximum;
 * - `flag`: 0 or 1; a period was raised if any value was.
 *
 * Where a device has several of one quantity (tariff registers, pulse inputs, temperature probes),
 * `channel` of the measurement tells them apart; for tariffs it is value group E of the OBIS code.
 */
export interface QuantityDefinition {
  readonly kind: 'index' | 'gauge' | 'flag';
  /** UCUM; `1` for a pure number. */
  readonly unit: string;
  /** OBIS code (IEC 62056-6-1, EN 13757-1) of channel 0, where one exists. */
  readonly obis?: string;
  readonly label: { readonly en: string; readonly fr: string };
}

const define = <K extends string>(table: Record<K, QuantityDefinition>) => table;

export const QUANTITIES = define({
  // Meters
  water_volume: {
    kind: 'index',
    unit: 'm3',
    obis: '8-0:1.0.0',
    label: { en: 'Water index', fr: 'Index eau' },
  },
  gas_volume: { kind: 'index', unit: 'm3', obis: '7-0:3.0.0', label: { en: 'Gas index', fr: 'Index gaz' } },
  active_energy_import: {
    kind: 'index',
    unit: 'kW.h',
    obis: '1-0:1.8.0',
    label: { en: 'Energy drawn', fr: 'Énergie soutirée' },
  },
  active_energy_export: {
    kind: 'index',
    unit: 'kW.h',
    obis: '1-0:2.8.0',
    label: { en: 'Energy injected', fr: 'Énergie injectée' },
  },
  heat_energy: {
    kind: 'index',
    unit: 'kW.h',
    obis: '6-0:1.0.0',
    label: { en: 'Heat index', fr: 'Index chaleur' },
  },
  cooling_energy: {
    kind: 'index',
    unit: 'kW.h',
    obis: '5-0:1.0.0',
    label: { en: 'Cooling index', fr: 'Index froid' },
  },
  /** What ran through a heat or cooling meter: no consumption of water. */
  carrier_volume: {
    kind: 'index',
    unit: 'm3',
    obis: '6-0:2.0.0',
    label: { en: 'Heat carrier volume', fr: 'Volume de fluide caloporteur' },
  },
  thermal_power: {
    kind: 'gauge',
    unit: 'W',
    obis: '6-0:8.0.0',
    label: { en: 'Thermal power', fr: 'Puissance thermique' },
  },
  flow_rate: { kind: 'gauge', unit: 'm3/h', label: { en: 'Flow rate', fr: 'Débit' } },
  pulse_count: { kind: 'index', unit: '1', label: { en: 'Pulses', fr: 'Impulsions' } },
  // Electrical
  active_power: {
    kind: 'gauge',
    unit: 'W',
    obis: '1-0:1.7.0',
    label: { en: 'Active power', fr: 'Puissance active' },
  },
  apparent_power: {
    kind: 'gauge',
    unit: 'V.A',
    obis: '1-0:9.7.0',
    label: { en: 'Apparent power', fr: 'Puissance apparente' },
  },
  voltage: {
    kind: 'gauge',
    unit: 'V',
    obis: '1-0:32.7.0',
    label: { en: 'Supply voltage', fr: 'Tension du réseau' },
  },
  current: { kind: 'gauge', unit: 'A', obis: '1-0:31.7.0', label: { en: 'Current', fr: 'Intensité' } },
  power_factor: {
    kind: 'gauge',
    unit: '1',
    obis: '1-0:13.7.0',
    label: { en: 'Power factor', fr: 'Facteur de puissance' },
  },
  subscribed_current: {
    kind: 'gauge',
    unit: 'A',
    label: { en: 'Subscribed current', fr: 'Intensité souscrite' },
  },
  maximum_current: {
    kind: 'gauge',
    unit: 'A',
    label: { en: 'Highest current drawn', fr: 'Intensité maximale appelée' },
  },
  apparent_power_export: {
    kind: 'gauge',
    unit: 'V.A',
    obis: '1-0:10.7.0',
    label: { en: 'Apparent power injected', fr: 'Puissance apparente injectée' },
  },
  maximum_apparent_power: {
    kind: 'gauge',
    unit: 'V.A',
    obis: '1-0:9.6.0',
    label: { en: 'Highest apparent power drawn', fr: 'Puissance apparente maximale soutirée' },
  },
  subscribed_power: {
    kind: 'gauge',
    unit: 'V.A',
    label: { en: 'Subscribed power', fr: 'Puissance souscrite' },
  },
  frequency: {
    kind: 'gauge',
    unit: 'Hz',
    obis: '1-0:14.7.0',
    label: { en: 'Grid frequency', fr: 'Fréquence du réseau' },
  },
  /** Ampere-hours, all that a clamp without voltage can count. */
  electric_charge: {
    kind: 'index',
    unit: 'A.h',
    label: { en: 'Current drawn over time', fr: 'Intensité cumulée' },
  },
  // Lighting, on TALQ's LampActuatorFunction and LampMonitorFunction
  light_command: { kind: 'gauge', unit: '%', label: { en: 'Light commanded', fr: 'Niveau demandé' } },
  light_level: { kind: 'gauge', unit: '%', label: { en: 'Light given', fr: 'Niveau réel' } },
  operating_hours: { kind: 'index', unit: 'h', label: { en: 'Lamp hours', fr: 'Heures de lampe' } },
  switch_on_count: { kind: 'index', unit: '1', label: { en: 'Times switched on', fr: 'Allumages' } },
  lamp_failure: { kind: 'flag', unit: '1', label: { en: 'Lamp failure', fr: 'Lampe en panne' } },
  lamp_unexpected_on: { kind: 'flag', unit: '1', label: { en: 'Lit by day', fr: 'Allumée de jour' } },
  cycling_failure: { kind: 'flag', unit: '1', label: { en: 'Cycling', fr: 'Allumages répétés' } },
  dimming_failure: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Dimming not followed', fr: 'Gradation non suivie' },
  },
  relay_failure: { kind: 'flag', unit: '1', label: { en: 'Relay failure', fr: 'Relais en panne' } },
  supply_loss: { kind: 'flag', unit: '1', label: { en: 'Supply lost', fr: 'Alimentation coupée' } },
  supply_voltage_too_high: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Supply voltage too high', fr: 'Tension trop haute' },
  },
  supply_voltage_too_low: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Supply voltage too low', fr: 'Tension trop basse' },
  },
  power_factor_too_low: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Power factor too low', fr: 'Facteur de puissance trop bas' },
  },
  lamp_power_too_high: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Lamp power too high', fr: 'Puissance de lampe trop haute' },
  },
  lamp_power_too_low: {
    kind: 'flag',
    unit: '1',
    label: { en: 'Lamp power too low', fr: 'Puissance de lampe trop basse' },
  },
  // Meter alarms
  leak: { kind: 'flag', unit: '1', label: { en: 'Leak', fr: 'Fuite' } },
  burst: { kind: 'flag', unit: '1', label: { en: 'Burst', fr: 'Rupture' } },
  backflow: { kind: 'flag', unit: '1', label: { en: 'Backflow', fr: 'Retour d’eau' } },
  tamper: { kind: 'flag', unit: '1', label: { en: 'Tamper', fr: 'Fraude' } },
  dry_pipe: { kind: 'flag', unit: '1', label: { en: 'Dry pipe', fr: 'Conduite vide' } },
  low_temperature: { kind: 'flag', unit: '1', label: { en: 'Freezing risk', fr: 'Risque de gel' } },
  flow_alarm: { kind: 'flag', unit: '1', label: { en: 'Flow alarm', fr: 'Alarme de débit' } },
  device_fault: { kind: 'flag', unit: '1', label: { en: 'Device fault', fr: 'Défaut de l’appareil' } },
  low_battery: { kind: 'flag', unit: '1', label: { en: 'Battery low', fr: 'Pile faible' } },
  // Environment and generic inputs
  temperature: { kind: 'gauge', unit: 'Cel', label: { en: 'Temperature', fr: 'Température' } },
  relative_humidity: { kind: 'gauge', unit: '%', label: { en: 'Humidity', fr: 'Humidité' } },
  air_pressure: { kind: 'gauge', unit: 'hPa', label: { en: 'Air pressure', fr: 'Pression' } },
  carbon_dioxide: { kind: 'gauge', unit: '[ppm]', label: { en: 'CO₂', fr: 'CO₂' } },
  volatile_organic_compounds: { kind: 'gauge', unit: '[ppb]', label: { en: 'VOC', fr: 'COV' } },
  illuminance: { kind: 'gauge', unit: 'lx', label: { en: 'Illuminance', fr: 'Éclairement' } },
  presence: { kind: 'flag', unit: '1', label: { en: 'Presence', fr: 'Présence' } },
  /** Movements in the reporting interval of the device. */
  motion_count: { kind: 'gauge', unit: '1', label: { en: 'Movements', fr: 'Mouvements' } },
  distance: { kind: 'gauge', unit: 'm', label: { en: 'Distance', fr: 'Distance' } },
  fill_level: { kind: 'gauge', unit: '%', label: { en: 'Fill level', fr: 'Taux de remplissage' } },
  tilt: { kind: 'flag', unit: '1', label: { en: 'Tilted', fr: 'Renversé' } },
  high_temperature: { kind: 'flag', unit: '1', label: { en: 'Too hot', fr: 'Surchauffe' } },
  digital_input: { kind: 'flag', unit: '1', label: { en: 'Digital input', fr: 'Entrée logique' } },
  digital_output: { kind: 'flag', unit: '1', label: { en: 'Digital output', fr: 'Sortie logique' } },
  analog_input: { kind: 'gauge', unit: '1', label: { en: 'Analog input', fr: 'Entrée analogique' } },
  analog_output: { kind: 'gauge', unit: '1', label: { en: 'Analog output', fr: 'Sortie analogique' } },
  // The device and its radio
  battery_level: { kind: 'gauge', unit: '%', label: { en: 'Battery level', fr: 'Niveau de pile' } },
  battery_voltage: { kind: 'gauge', unit: 'V', label: { en: 'Battery voltage', fr: 'Tension de pile' } },
  link_margin: { kind: 'gauge', unit: 'dB', label: { en: 'Link margin', fr: 'Marge radio' } },
});

export type Quantity = keyof typeof QUANTITIES;

export function isQuantity(name: string): name is Quantity {
  return Object.hasOwn(QUANTITIES, name);
}
