/** Groups of like devices; the gateways are the radio's. */
export const FAMILIES = [
  'water',
  'gas',
  'electricity',
  'lighting',
  'cabinet',
  'district',
  'building_water',
  'building_gas',
  'building_electricity',
] as const;
export type FamilyId = (typeof FAMILIES)[number];

interface Sizes {
  readonly whole?: true;
  /** Not included. */
  readonly above?: number;
  readonly least?: number;
  readonly most?: number;
}

const ABOVE_ZERO = { above: 0 } as const satisfies Sizes;

interface FaultRule {
  /** Whom it can befall, the usual victim first. */
  readonly families: readonly FamilyId[] | 'gateway';
  /** What its size says, in UCUM where that has a word. */
  readonly unit: string;
  readonly usualSize: number;
  /** What sizes it can have; any where it says nothing. */
  readonly sizes?: Sizes;
  /** Two of one group can't hold on one device at once, for they would say different things. */
  readonly group: 'flow' | 'register' | 'lamp' | 'power' | 'radio' | 'clock' | 'codec' | 'battery';
}

const WATER = ['water', 'building_water', 'district'] as const;
const PULSES = ['gas', 'building_gas'] as const;
const INDEXED = [...WATER, ...PULSES, 'building_electricity', 'electricity'] as const;
const BATTERY = [...WATER, ...PULSES] as const;

export const FAULT_RULES = {
  /** A tap that drips. */
  leak_drip: { families: WATER, unit: 'L/h', usualSize: 3.4, sizes: ABOVE_ZERO, group: 'flow' },
  /** The safety valve of a water heater. */
  leak_valve: { families: WATER, unit: 'L/h', usualSize: 14, sizes: ABOVE_ZERO, group: 'flow' },
  leak_toilet: { families: WATER, unit: 'L/h', usualSize: 20, sizes: ABOVE_ZERO, group: 'flow' },
  leak_burst: { families: WATER, unit: 'L/h', usualSize: 900, sizes: ABOVE_ZERO, group: 'flow' },
  /** Before the customers' meters: only the district meter sees it. */
  leak_network: { families: ['district'], unit: 'L/h', usualSize: 1500, sizes: ABOVE_ZERO, group: 'flow' },
  /** Water runs back into the net: the register stands still. */
  backflow: {
    families: ['water', 'building_water'],
    unit: 'L/h',
    usualSize: 30,
    sizes: ABOVE_ZERO,
    group: 'register',
  },
  stuck: { families: [...WATER, ...PULSES], unit: '1', usualSize: 1, group: 'register' },
  /** The register counts this many times what flows. */
  pulse_weight: { families: PULSES, unit: '1', usualSize: 0.1, sizes: ABOVE_ZERO, group: 'register' },
  /** A magnet keeps this share of the flow from being counted. */
  tamper: { families: PULSES, unit: '1', usualSize: 0.6, sizes: { above: 0, most: 1 }, group: 'register' },
  /** Another meter from then on; the size is its first index, in the register's smallest step. */
  swapped: {
    families: INDEXED,
    unit: 'register',
    usualSize: 0,
    sizes: { whole: true, least: 0 },
    group: 'register',
  },
  /** The register has this many digits, and starts again from zero at `from`. */
  rollover: {
    families: [...PULSES, 'electricity'],
    unit: 'digits',
    usualSize: 8,
    sizes: { whole: true, least: 1, most: 12 },
    group: 'register',
  },
  lamp_failure: { families: ['lighting'], unit: '1', usualSize: 1, group: 'lamp' },
  day_burner: { families: ['lighting'], unit: '1', usualSize: 1, group: 'lamp' },
  /** On and off again and again, half of the time each; the size is the time from on to on. */
  cycling: {
    families: ['lighting'],
    unit: 's',
    usualSize: 360,
    sizes: { whole: true, least: 2 },
    group: 'lamp',
  },
  dimming_ignored: { families: ['lighting'], unit: '1', usualSize: 1, group: 'lamp' },
  /** The cabinet's meter and all its lamps at once. */
  cabinet_outage: { families: ['cabinet'], unit: '1', usualSize: 1, group: 'power' },
  /** On top of the ten to sixteen years that a battery lives. */
  battery_decay: { families: BATTERY, unit: '%/a', usualSize: 60, sizes: ABOVE_ZERO, group: 'battery' },
  battery_death: { families: BATTERY, unit: '1', usualSize: 1, group: 'radio' },
  silent: { families: FAMILIES, unit: '1', usualSize: 1, group: 'radio' },
  /** The device's clock gains (or, negative, loses) this much a day, and is set right at `to`. */
  clock_drift: {
    families: ['water', 'gas', 'lighting', 'building_water', 'building_gas', 'district'],
    unit: 's/d',
    usualSize: 20,
    sizes: { least: -43_200, most: 43_200 },
    group: 'clock',
  },
  /** A firmware that words its frames otherwise: Axioma's 51 bytes for 47, PULSE with time for without. */
  codec_version: { families: BATTERY, unit: 'version', usualSize: 2, group: 'codec' },
  /** Of the city's n-th gateway: only told here, the radio acts on it. */
  gateway_outage: { families: 'gateway', unit: '1', usualSize: 1, group: 'radio' },
} as const satisfies Readonly<Record<string, FaultRule>>;

export type FaultKind = keyof typeof FAULT_RULES;
export const FAULT_KINDS = Object.keys(FAULT_RULES) as readonly FaultKind[];

export function ruleOf(kind: FaultKind): FaultRule {
  return FAULT_RULES[kind];
}

/** Why a fault can't have a size; undefined: it can. */
export function sizeProblem(kind: FaultKind, size: number): string | undefined {
  const { sizes = {}, unit } = ruleOf(kind);
  const { whole, above, least, most } = sizes;
  const fits =
    (whole === undefined || Number.isInteger(size)) &&
    (above === undefined || size > above) &&
    (least === undefined || size >= least) &&
    (most === undefined || size <= most);
  if (fits) return undefined;
  const bounds = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(least === undefined ? [] : [`from ${least}`]),
    ...(most === undefined ? [] : [`to ${most}`]),
  ];
  return `${kind} takes a ${whole ? 'whole ' : ''}number ${bounds.join(' ')} (${unit})`;
}
