import { DevEui, isQuantity, QUANTITIES, type Quantity } from '@veilleur/domain';
import type { InstallationTerms } from '@veilleur/store';
import { InvalidArgumentError } from 'commander';

/** What a person says of a device at a point, as options. */
export interface TermOptions {
  readonly device?: string;
  readonly quantity?: Quantity;
  readonly channel?: number;
  readonly register?: number;
  readonly from?: Date;
  readonly to?: Date;
  readonly pulseWeight?: InstallationTerms['factor'];
  readonly digits?: number;
  readonly modulus?: number;
  readonly meter?: string;
  readonly startIndex?: number;
  readonly endIndex?: number;
  readonly meterIndex?: number;
}

/**
 * The worth of a pulse as a ratio of whole numbers: `1/100`, `0.01`, `10`. As a fraction of floating point
 * it would be off after some years.
 */
export function pulseWeight(text: string): InstallationTerms['factor'] {
  const ratio = /^(\d{1,12})\/(\d{1,12})$/.exec(text);
  const decimal = /^(\d{0,9})(?:[.,](\d{1,6}))?$/.exec(text);
  const denominator = ratio ? Number(ratio[2]) : 10 ** (decimal?.[2]?.length ?? 0);
  const numerator = ratio ? Number(ratio[1]) : Number(`${decimal?.[1] ?? ''}${decimal?.[2] ?? ''}`);
  if (!(ratio || decimal) || !(numerator > 0) || !(denominator > 0)) {
    throw new InvalidArgumentError('expected the worth of a pulse in the unit, such as 1/100 or 0.01.');
  }
  const common = divisor(numerator, denominator);
  return { numerator: numerator / common, denominator: denominator / common };
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** A number in its unit becomes millionths of it. */
export function index(text: string): number {
  if (!/^\d{1,9}([.,]\d{1,6})?$/.test(text)) {
    throw new InvalidArgumentError('expected an index such as 1234.567.');
  }
  return Math.round(Number(text.replace(',', '.')) * 1e6);
}

export function quantity(text: string): Quantity {
  if (isQuantity(text) && QUANTITIES[text].kind === 'index') return text;
  const indexes = Object.entries(QUANTITIES).flatMap(([name, { kind }]) => (kind === 'index' ? [name] : []));
  throw new InvalidArgumentError(`expected one of ${indexes.join(', ')}.`);
}

/** The time of day at which a local day begins, as minutes. */
export function timeOfDay(text: string): number {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('expected a time of day such as 06:00.');
  return Number(match[1]) * 60 + Number(match[2]);
}

/** The terms of a new installation: what is not said is the usual. */
export function termsOf(
  options: TermOptions & { readonly device: string },
  point: Quantity,
): InstallationTerms {
  return {
    devEui: DevEui(options.device),
    deviceQuantity: options.quantity ?? point,
    deviceChannel: options.channel ?? 0,
    quantity: point,
    channel: options.register ?? 0,
    from: options.from ?? null,
    to: options.to ?? null,
    meterSerial: options.meter ?? null,
    factor: options.pulseWeight ?? { numerator: 1, denominator: 1 },
    digits: options.digits ?? null,
    modulus: options.modulus ?? null,
    startIndex: options.startIndex ?? null,
    endIndex: options.endIndex ?? null,
    meterIndex: options.meterIndex ?? null,
  };
}

/** Of a correction only what was said. */
export function correctionOf(options: TermOptions): Partial<InstallationTerms> {
  const said = {
    deviceQuantity: options.quantity,
    deviceChannel: options.channel,
    channel: options.register,
    from: options.from,
    to: options.to,
    meterSerial: options.meter,
    factor: options.pulseWeight,
    digits: options.digits,
    modulus: options.modulus,
    startIndex: options.startIndex,
    endIndex: options.endIndex,
    meterIndex: options.meterIndex,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}
