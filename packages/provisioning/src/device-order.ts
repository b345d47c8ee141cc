import { DevEui, VeilleurError } from '@veilleur/domain';
import { z } from 'zod';

import { JoinEui } from './join-eui.ts';
import { excerpt, Secret, withoutKeys } from './secret.ts';

/** The tag by which Veilleur recognises a device's profile in every uplink. We set it, nobody else. */
export const PROFILE_TAG = 'veilleur-profile';

/** One device to bring into ChirpStack and into Veilleur. */
export interface DeviceOrder {
  readonly devEui: DevEui;
  readonly joinEui?: JoinEui;
  readonly name: string;
  readonly description?: string;
  /** Veilleur's profile id, such as `axioma/qalcosonic-w1`. */
  readonly profile: string;
  /** Goes to ChirpStack and nowhere else: Veilleur never stores, logs or reports it. */
  readonly appKey: Secret;
  /** The name of the ChirpStack application. */
  readonly application: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly position?: { readonly latitude: number; readonly longitude: number };
  readonly meteringPoint?: string;
  /** The line of the file that it came from. */
  readonly line?: number;
}

/** A refinement that carries what the person can do, for the place where the issue is reported. */
function refuse(context: z.RefinementCtx, message: string, remedy: string): never {
  context.addIssue({ code: 'custom', message, params: { remedy } });
  return z.NEVER;
}

const SPREADSHEET_NUMBER = /^\d+([.,]\d+)?E\+\d+$/i;

interface HexField {
  readonly digits: number;
  readonly what: string;
  /** A key's characters are nobody's business, not even a wrong one. */
  readonly secret?: true;
  /** All zeros or all ones is a maker's placeholder, except for a JoinEUI: join servers use it. */
  readonly sameDigitsAllowed?: true;
}

/** The digits in any spelling of labels and delivery lists: separators, case, `0x`. */
export function bareHexDigits(text: string): string {
  return text
    .trim()
    .replace(/^0x/i, '')
    .replaceAll(/[-:\s]/g, '')
    .toLowerCase();
}

function hexDigits({ digits, what, ...special }: HexField) {
  return z.string({ error: `the ${what} is missing` }).transform((text, context) => {
    if (SPREADSHEET_NUMBER.test(text.trim())) {
      return refuse(
        context,
        `a spreadsheet has turned the ${what} into a number, and its digits are lost`,
        'Take it from the original list, and format the column as text before pasting.',
      );
    }
    const hex = bareHexDigits(text);
    const stray = hex.match(/[^0-9a-f]/)?.[0];
    if (hex === '') {
      return refuse(context, `the ${what} is missing`, `Fill in its ${digits} hexadecimal digits.`);
    }
    if (stray !== undefined) {
      const which = special.secret ? 'a character that' : `"${stray}", which`;
      return refuse(
        context,
        `the ${what} has ${which} is not a hexadecimal digit`,
        `A ${what} has ${digits} digits of 0-9 and a-f; an O may be a 0, an I a 1.`,
      );
    }
    if (hex.length !== digits) {
      return refuse(
        context,
        `the ${what} has ${hex.length} hexadecimal digits instead of ${digits}`,
        /^\d+$/.test(hex)
          ? 'A spreadsheet may have cut off zeros: format the column as text and paste it again.'
          : `Copy the whole ${what} from the label or the delivery list.`,
      );
    }
    if (special.sameDigitsAllowed === undefined && /^(0+|f+)$/.test(hex)) {
      return refuse(
        context,
        `the ${what} is a placeholder: all its digits are the same`,
        "Ask the maker for the device's own.",
      );
    }
    return hex;
  });
}

/** Text that spreadsheets would run as a formula has no place in a name, and hurts whoever exports it. */
const FORMULA = /^([=@]|[+-][A-Za-z(=@])/;

function text(what: string, maximum: number) {
  return z.string({ error: `the ${what} is missing` }).transform((raw, context) => {
    const trimmed = raw.trim();
    if (trimmed === '') return refuse(context, `the ${what} is missing`, `Fill in the ${what}.`);
    if (trimmed.length > maximum) {
      return refuse(
        context,
        `the ${what} has ${trimmed.length} characters, more than ${maximum}`,
        'Shorten it.',
      );
    }
    if (withoutKeys(trimmed) !== trimmed) {
      return refuse(
        context,
        `the ${what} looks like a key`,
        'Check that the columns are not shifted: keys belong into app_key alone.',
      );
    }
    if (FORMULA.test(trimmed)) {
      return refuse(
        context,
        `the ${what} is a formula ("${excerpt(trimmed, 12)}")`,
        'Paste the value instead of the formula.',
      );
    }
    if (/\p{Cc}|\uFFFD/u.test(trimmed.replaceAll(/[\r\n\t]/g, ''))) {
      return refuse(
        context,
        `the ${what} has characters that can't be read`,
        'Save the file as UTF-8 ("CSV UTF-8" in Excel).',
      );
    }
    return trimmed;
  });
}

function degrees(what: string, limit: number) {
  return z.number({ error: `the ${what} is not a number` }).superRefine((value, context) => {
    if (Math.abs(value) > limit) {
      refuse(
        context,
        `the ${what} ${value} is not between -${limit} and ${limit}`,
        'Give decimal degrees in WGS 84, such as 48.8566; check that the two are not swapped.',
      );
    }
  });
}

const position = z
  .strictObject({ latitude: degrees('latitude', 90), longitude: degrees('longitude', 180) })
  .superRefine(({ latitude, longitude }, context) => {
    if (latitude === 0 && longitude === 0) {
      refuse(
        context,
        'the position 0, 0 lies in the Atlantic',
        'Leave both empty where the position is unknown.',
      );
    }
  });

const tags = z.record(text('tag name', 100), text('tag value', 500)).superRefine((given, context) => {
  if (PROFILE_TAG in given) {
    refuse(
      context,
      `the tag ${PROFILE_TAG} is set by Veilleur`,
      'Leave it out: it follows from the profile.',
    );
  }
});

/**
 * Checks an order from outside; `appKey` comes as text and leaves as a `Secret`. Each issue says what
 * is wrong without the value of the key, and carries `params.remedy`.
 */
const deviceOrderSchema = z.strictObject({
  devEui: hexDigits({ digits: 16, what: 'DevEUI' }).transform((hex) => DevEui(hex)),
  joinEui: hexDigits({ digits: 16, what: 'JoinEUI', sameDigitsAllowed: true })
    .transform((hex) => JoinEui(hex))
    .optional(),
  name: text('name', 100),
  description: text('description', 1000).optional(),
  profile: text('profile', 100),
  appKey: z
    .union([z.string(), z.instanceof(Secret).transform((key) => key.reveal())], {
      error: 'the AppKey is missing',
    })
    .pipe(hexDigits({ digits: 32, what: 'AppKey', secret: true }))
    .transform((hex) => new Secret(hex)),
  application: text('application', 100),
  tags: tags.default({}),
  position: position.optional(),
  meteringPoint: text('metering point', 100).optional(),
  line: z.int().min(1).optional(),
});

/** What is wrong with one field of an order. The message never holds a key. */
export interface OrderIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly remedy: string;
}

/** The order, or everything that is wrong with it. */
export function checkOrder(input: unknown): { order: DeviceOrder } | { issues: OrderIssue[] } {
  const parsed = deviceOrderSchema.safeParse(input);
  if (parsed.success) return { order: withoutUndefined(parsed.data) };
  return { issues: parsed.error.issues.map(issueOf) };
}

/** @throws VeilleurError `order_invalid` that lists everything that is wrong. */
export function parseDeviceOrder(input: unknown): DeviceOrder {
  const checked = checkOrder(input);
  if ('order' in checked) return checked.order;
  const problems = checked.issues.map(({ path, message }) => `${path.join('.') || 'the order'}: ${message}`);
  throw new VeilleurError('order_invalid', problems.join('\n'), {
    remedy: [...new Set(checked.issues.map(({ remedy }) => remedy))].join(' '),
  });
}

function issueOf(issue: z.core.$ZodIssue): OrderIssue {
  const remedy: unknown = issue.code === 'custom' ? issue.params?.remedy : undefined;
  return {
    path: issue.path,
    message: issue.message,
    remedy: typeof remedy === 'string' ? remedy : 'Give the field as the README of provisioning describes.',
  };
}

/** `exactOptionalPropertyTypes`: a field that is not given is not there. */
function withoutUndefined(order: z.output<typeof deviceOrderSchema>): DeviceOrder {
  return Object.fromEntries(
    Object.entries(order).filter(([, value]) => value !== undefined),
  ) as unknown as DeviceOrder;
}
