import { compileFunction } from 'node:vm';

import { messageOf, VeilleurError } from '@veilleur/domain';

import type { Decoder, Encoder } from './ts013.ts';

type Callable = (...args: unknown[]) => unknown;

/**
 * Compiles a plain script and hands out the functions that it declares at its top level.
 *
 * `compileFunction` gives the script a scope of its own inside our own realm: no second context to
 * pay for on each call (node:vm's `runInContext` costs some 370 us a decode), and `instanceof` works.
 * It is no sandbox and is not meant as one: only scripts that were reviewed into this repository come
 * here. The code runs sloppy, as both network servers run it (119 of 2,894 working public examples
 * fail in strict mode).
 */
function declaredFunctions(source: string, file: string, names: readonly string[]): Map<string, Callable> {
  const found = names.map((name) => `typeof ${name} === 'function' ? ${name} : undefined`).join(', ');
  let values: unknown;
  try {
    values = compileFunction(`${source}\nreturn [${found}];`, [], { filename: file })();
  } catch (cause) {
    throw new VeilleurError('profile_script_invalid', `${placeInScript(cause, file)}: ${messageOf(cause)}`, {
      remedy:
        'A decoder is one plain script, without import or export, that declares its functions at the top level.',
      cause,
    });
  }
  const functions = new Map<string, Callable>();
  for (const [index, value] of (values as unknown[]).entries()) {
    const name = names[index];
    if (name !== undefined && typeof value === 'function') functions.set(name, value as Callable);
  }
  return functions;
}

/** V8 puts `file:line` on the first line of a syntax error's stack, and nowhere else. */
function placeInScript(thrown: unknown, file: string): string {
  const first = thrown instanceof Error ? thrown.stack?.split('\n', 1)[0] : undefined;
  return first?.startsWith(`${file}:`) ? first : file;
}

/** @throws VeilleurError `profile_script_invalid`: does not parse, or declares no `decodeUplink`. */
export function compileReviewedScript(source: string, file: string): Decoder {
  const decodeUplink = declaredFunctions(source, file, ['decodeUplink']).get('decodeUplink');
  if (decodeUplink === undefined) {
    throw new VeilleurError('profile_script_invalid', `${file}: declares no function decodeUplink`, {
      remedy: 'Write `function decodeUplink(input) { ... return { data: { ... } }; }` at its top level.',
    });
  }
  return { decodeUplink: (input) => decodeUplink(input) as ReturnType<Decoder['decodeUplink']> };
}

/** @throws VeilleurError `profile_script_invalid`: does not parse, or declares no `encodeUplink`. */
export function compileEncoder(source: string, file: string): Encoder {
  const encodeUplink = declaredFunctions(source, file, ['encodeUplink']).get('encodeUplink');
  if (encodeUplink === undefined) {
    throw new VeilleurError('profile_script_invalid', `${file}: declares no function encodeUplink`, {
      remedy:
        'Write `function encodeUplink(data) { ... return { bytes: [...], fPort: 1 }; }`, or delete the file.',
    });
  }
  return { encodeUplink: (data) => encodeUplink(data) as ReturnType<Encoder['encodeUplink']> };
}
