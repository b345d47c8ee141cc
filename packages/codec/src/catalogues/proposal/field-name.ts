/** A field's name as words: `TempC_SHT`, `temp_c_sht` and `tempCSht` are all temp, c, sht. */
export interface FieldName {
  readonly words: readonly string[];
  /** The last number of the name, `temperature_2` or `pulse1_total`: which of several it is. */
  readonly number: number | undefined;
}

/** Units whose capitals would be torn apart as the humps of a camel. */
const UNITS_WITH_CAPITALS = /(kWh|MWh|kVA|kW|mV|mAh|mA|kPa|hPa|Wh)(?![a-z])/g;

/** Letters and digits that are one word. Every other digit at the end of a word is a number. */
const WHOLE_WORDS = new Set(['co2', 'm3', 'dm3', 'cm3', 'eco2']);

export function readFieldName(name: string): FieldName {
  const chunks = name
    .normalize('NFD')
    .replace(/[\u0300-\u036F]/g, '')
    .replace(UNITS_WITH_CAPITALS, (unit) => ` ${unit.toLowerCase()} `)
    .replace(/([a-z\d])([A-Z][a-z])/g, '$1 $2')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .replace(/co2(?=[a-z])/g, 'co2 ')
    .split(/[^a-z\d]+/)
    .filter((chunk) => chunk !== '');
  const words: string[] = [];
  let number: number | undefined;
  for (const chunk of chunks) {
    const [, letters, digits] = /^([a-z]*)(\d{1,2})$/.exec(chunk) ?? [];
    if (digits === undefined || WHOLE_WORDS.has(chunk)) {
      words.push(chunk);
    } else {
      if (letters !== undefined && letters !== '') words.push(letters);
      number = Number(digits);
    }
  }
  return { words, number };
}
