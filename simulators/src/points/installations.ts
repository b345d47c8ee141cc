import type { CityDevice } from '../city/city-device.ts';
import type { Family } from '../city/family.ts';
import type { Span } from '../faults/device-faults.ts';
import type { Fault } from '../faults/plan.ts';
import type { CityInstallation, CityRegister } from './city-point.ts';
import { flowOf, type MeterTerms, type RegisterTerms } from './register-terms.ts';

const MICRO = 1_000_000;

/** A place in the city with a meter, and who speaks for it: another device from a swap on. */
export interface MeterPlace {
  readonly family: Family;
  readonly number: number;
  readonly device: CityDevice;
  readonly replacement: CityDevice | undefined;
  /** Of the first meter; a later one's says so. */
  readonly serial: string;
}

/**
 * How an operator writes a register down: first as he believes it, then as he knows it at the end. Every
 * other swap is recorded at once, the others after the run; a pulse weight that is wrong he learns last.
 *
 * @param span from the city's installation to the end of the run: what happens later, he does not know.
 */
export function registerOf(
  place: MeterPlace,
  { quantity }: Pick<MeterTerms, 'quantity'>,
  terms: RegisterTerms,
  span: Span,
): CityRegister {
  const fault = place.family.faults.get(place.number)?.register;
  const first = firstOf(place, quantity, terms, fault);
  const unchanged = { quantity, channel: terms.channel, believed: [first], known: [first], correction: null };
  if (fault === undefined || fault.from_s >= span.until_s) return unchanged;
  switch (fault.kind) {
    case 'swapped': {
      const known = swapped(place, first, terms, fault);
      const isToldLate = place.number % 2 === 1;
      return {
        ...unchanged,
        known,
        believed: isToldLate ? [first] : known,
        correction: isToldLate ? 'the meter was replaced, as the fitter told later' : null,
      };
    }
    case 'pulse_weight':
      return {
        ...unchanged,
        known: reweighed(place, first, terms, fault, span),
        correction: 'the pulse weight was wrong',
      };
    default:
      return unchanged;
  }
}

function firstOf(
  { device, serial }: MeterPlace,
  quantity: MeterTerms['quantity'],
  { deviceQuantity, deviceChannel, channel, perUnit, stepDigits, digits, modulus }: RegisterTerms,
  fault: Fault | undefined,
): CityInstallation {
  const ownDigits = fault?.kind === 'rollover' ? fault.size - stepDigits : digits;
  return {
    devEui: device.devEui,
    deviceQuantity,
    deviceChannel,
    quantity,
    channel,
    from: null,
    to: null,
    meterSerial: serial,
    factor: ratio(perUnit),
    digits: ownDigits,
    modulus: ownDigits === null ? modulus : null,
    startIndex: null,
    endIndex: null,
    meterIndex: null,
  };
}

/** The fitter writes down what the old meter showed at the end, and the new one at the start. */
function swapped(
  { family, number, replacement }: MeterPlace,
  first: CityInstallation,
  terms: RegisterTerms,
  { from_s, size }: Fault,
): CityInstallation[] {
  const at = new Date(from_s * 1000);
  const endSteps = Math.floor((flowOf(family, number, from_s, terms)?.units ?? 0) / terms.fineUnits);
  return [
    { ...first, to: at, endIndex: told(endSteps, terms) },
    {
      ...first,
      devEui: replacement?.devEui ?? first.devEui,
      from: at,
      meterSerial: `${first.meterSerial}-bis`,
      startIndex: told(size, terms),
    },
  ];
}

/** While a register counts a tenth of what flows, each of its pulses is worth ten. */
function reweighed(
  { family, number }: MeterPlace,
  first: CityInstallation,
  terms: RegisterTerms,
  { from_s, until_s, size }: Fault,
  { from_s: installed_s, until_s: runUntil_s }: Span,
): CityInstallation[] {
  const indexAt = (time_s: number) =>
    Math.round(
      (family.truth(number, time_s).find(({ quantity }) => quantity === terms.deviceQuantity)?.value ?? 0) *
        MICRO,
    );
  const during = { ...first, factor: ratio(terms.perUnit / size) };
  const parts: CityInstallation[] = [];
  if (from_s <= installed_s) parts.push(during);
  else {
    const [at, index] = [new Date(from_s * 1000), indexAt(from_s)];
    parts.push({ ...first, to: at, endIndex: index }, { ...during, from: at, startIndex: index });
  }
  const last = parts.at(-1);
  if (last !== undefined && until_s < runUntil_s) {
    const [at, index] = [new Date(until_s * 1000), indexAt(until_s)];
    parts[parts.length - 1] = { ...last, to: at, endIndex: index };
    parts.push({ ...first, from: at, startIndex: index });
  }
  return parts;
}

const told = (steps: number, { stepDigits }: RegisterTerms) => (steps * MICRO) / 10 ** stepDigits;

/** As two whole numbers, to six digits. */
function ratio(value: number): CityInstallation['factor'] {
  const isWhole = value >= 1;
  const numerator = Math.round((isWhole ? value : 1) * MICRO);
  const denominator = Math.round(isWhole ? MICRO : MICRO / value);
  const divisor = gcd(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
