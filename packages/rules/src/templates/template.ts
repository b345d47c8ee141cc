import type { RuleInput } from '../language/rule.ts';
import type { Parameter } from './parameter.ts';

type WithoutIdentity<Told> = Told extends unknown ? Omit<Told, 'name' | 'title' | 'description'> : never;
/** A rule as a template makes it: the file gives the name, the template the texts. */
export type TemplateRule = WithoutIdentity<RuleInput>;

/** A rule that is written but for its parameters. Everything it says may be said otherwise in a file. */
export interface Template {
  readonly name: string;
  readonly kind: RuleInput['kind'];
  readonly title: { readonly en: string; readonly fr: string };
  /** When it raises, when it clears, and what the device has to tell for it. */
  readonly description: { readonly en: string; readonly fr: string };
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** @param values Of the right form; what is absent has its default. */
  rule(values: Readonly<Record<string, unknown>>): TemplateRule;
}

type Values<Parameters> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends Parameter<infer Value> ? Value : never;
};

export function template<const Parameters extends Readonly<Record<string, Parameter>>>(
  told: Omit<Template, 'kind' | 'parameters' | 'rule'> & {
    readonly parameters: Parameters;
    readonly rule: (values: Values<Parameters>) => TemplateRule;
  },
): Template {
  const defaults = Object.fromEntries(
    Object.entries(told.parameters).map(([name, parameter]) => [name, parameter.default]),
  );
  const rule = (values: Readonly<Record<string, unknown>>) =>
    told.rule({ ...defaults, ...values } as Values<Parameters>);
  return { ...told, kind: rule({}).kind, rule };
}

/** A number as CEL wants it beside a quantity. */
export const cel = (value: number) => (Number.isInteger(value) ? `${value}.0` : String(value));
