import { Environment } from '@marcbachmann/cel-js';
import { isQuantity, messageOf, QUANTITIES, type Quantity, VeilleurError } from '@veilleur/domain';
import type { History } from './history.ts';
import { didYouMean } from './language/nearest.ts';
import type { RuleOf } from './language/rule.ts';
import type { Signal } from './signals/signal.ts';

interface Variable {
  readonly name: string;
  readonly quantity: Quantity;
  readonly channel: number;
}

/** Told of an expression that could not be worked out: `int(a) / int(b)` where b is 0. */
export type OnExpressionFail = (error: string) => void;

/**
 * A CEL expression over a device's last values: `active_power < 5.0`, given `light_command > 0.0`. A
 * quantity's name is its channel 0, `pulse_count_2` is channel 2. It says nothing while one of the values is
 * unknown, or older than it speaks for, what is given is not so, or it cannot be worked out.
 *
 * @throws VeilleurError `expression_invalid`
 */
export function compileExpression(
  { expression, given, hold }: RuleOf<'expression'>,
  onFail: OnExpressionFail = () => {},
): Signal {
  const variables = variablesOf(`${expression} ${given ?? ''}`);
  const holds = compileCondition(
    variables.map(({ name }) => name),
    { expression, given },
    onFail,
  );
  const tapes = (history: History) =>
    variables.map(({ quantity, channel }) => history.tape(quantity, channel));
  return {
    horizonMs: hold ?? 86_400_000,
    triggers: tapes,
    at(history, time) {
      const holdMs = hold ?? history.hold(time);
      const values: Record<string, number> = {};
      for (const [i, tape] of tapes(history).entries()) {
        const at = tape.atOrBefore(time);
        if (at < 0 || time - tape.timeAt(at) > holdMs) return null;
        values[(variables[i] as Variable).name] = tape.valueAt(at);
      }
      return holds(values);
    },
  };
}

/**
 * A condition over numbers of these names: 1 or 0; null where what is given is not so, or CEL cannot work it
 * out with these numbers.
 *
 * @throws VeilleurError `expression_invalid`
 */
export function compileCondition(
  names: readonly string[],
  { expression, given }: { readonly expression: string; readonly given?: string | undefined },
  onFail: OnExpressionFail = () => {},
): (values: Readonly<Record<string, number>>) => 1 | 0 | null {
  const environment = environmentOf(names);
  const parse = (text: string) => {
    const problem = expressionProblemOver(names, text);
    if (problem === null) return environment.parse(text);
    throw new VeilleurError('expression_invalid', `the expression cannot be read: ${problem.message}`, {
      remedy: problem.remedy,
    });
  };
  const evaluate = parse(expression);
  const isGiven = given === undefined ? () => true : parse(given);
  return (values) => {
    try {
      if (isGiven(values) !== true) return null;
      return evaluate(values) === true ? 1 : 0;
    } catch (thrown) {
      onFail(messageOf(thrown).split('\n', 1)[0] ?? '');
      return null;
    }
  };
}

function environmentOf(names: readonly string[]): Environment {
  const environment = new Environment();
  for (const name of names) environment.registerVariable(name, 'double');
  return environment;
}

/** The quantities that an expression looks at. */
export function quantitiesOf(expression: string): Quantity[] {
  return variablesOf(expression).map(({ quantity }) => quantity);
}

function variablesOf(expression: string): Variable[] {
  const words = new Set(expression.match(/[a-z][a-z0-9_]*/g) ?? []);
  return [...words].flatMap((name): Variable[] => {
    if (isQuantity(name)) return [{ name, quantity: name, channel: 0 }];
    const [, base = '', channel = ''] = /^(.+)_(\d+)$/.exec(name) ?? [];
    return isQuantity(base) ? [{ name, quantity: base, channel: Number(channel) }] : [];
  });
}

/** What is wrong with an expression, and where in it, in characters. */
export interface ExpressionProblem {
  readonly message: string;
  readonly remedy: string;
  readonly at: number | null;
}

const REMEDY =
  'Write CEL over quantities, such as active_power < 5.0 && light_level < 1.0. Numbers that are multiplied or added to a quantity need a point: 2.0.';

/** Of an expression over quantities. Null: it can be read, and it is true or false. */
export function expressionProblem(expression: string): ExpressionProblem | null {
  return problemOf(
    expression,
    variablesOf(expression).map(({ name }) => name),
    (unknown) => `"${unknown}" is not a quantity${didYouMean(unknown, Object.keys(QUANTITIES))}`,
  );
}

/** Of an expression over numbers of these names. */
export function expressionProblemOver(
  names: readonly string[],
  expression: string,
): ExpressionProblem | null {
  return problemOf(
    expression,
    names,
    (unknown) => `"${unknown}" is none of the values${didYouMean(unknown, names)}`,
  );
}

function problemOf(
  expression: string,
  names: readonly string[],
  unknownText: (unknown: string) => string,
): ExpressionProblem | null {
  try {
    const checked = environmentOf(names).parse(expression).check();
    if (!checked.valid) throw checked.error;
    if (checked.type === 'bool') return null;
    return { message: `it is ${checked.type}, not true or false`, remedy: REMEDY, at: null };
  } catch (thrown) {
    const summary = messageOf(thrown).split('\n', 1)[0] ?? '';
    const [, unknown] = /^Unknown variable: (\w+)/.exec(summary) ?? [];
    const { range } = thrown as { readonly range?: { readonly start: number } };
    return {
      message: unknown === undefined ? summary : unknownText(unknown),
      remedy: REMEDY,
      at: range?.start ?? null,
    };
  }
}
