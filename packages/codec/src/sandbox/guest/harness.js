/* oxlint-disable */ // @ts-nocheck: runs inside QuickJS, in the realm of a stranger's codec.
//
// Evaluates to a function that the worker calls once a context, before the codec's source. Everything
// that it uses of JavaScript it takes now, and it never looks a method up on a value again: a codec
// that overwrites JSON, Date or Array.prototype harms nobody, hardly itself. No function of the host
// is reachable from here, so there is nothing to attack but QuickJS itself.
(function harness(textOf, maxConsoleLines, maxConsoleLineChars) {
  const world = globalThis;
  const { parse, stringify } = JSON;
  const { apply, defineProperty, deleteProperty } = Reflect;
  const { keys: keysOf } = Object;
  const { slice } = String.prototype;
  const { exec } = RegExp.prototype;
  const CodecDate = Date;
  const toText = String;
  const placeInCodec = /codec\.js:(\d+)/;
  const outOfMemory = /^InternalError: out of memory/;
  const anyArray = [];

  let consoleText = '';
  let consoleLines = 0;

  function write(...values) {
    if (consoleLines >= maxConsoleLines) return;
    consoleLines += 1;
    let line = '';
    for (let index = 0; index < values.length && line.length < maxConsoleLineChars; index += 1) {
      line += (index === 0 ? '' : ' ') + printed(values[index]);
    }
    line = stringify(apply(slice, line, [0, maxConsoleLineChars]));
    consoleText += (consoleText === '' ? '' : ',') + line;
  }

  function printed(value) {
    try {
      if (typeof value === 'object' && value !== null) return stringify(value) ?? 'undefined';
      return toText(value);
    } catch {
      return 'something that is no text';
    }
  }

  function ignore() {}

  /** Not enumerable, so that every enumerable name of the global object is one that the codec left. */
  function provide(name, value) {
    defineProperty(world, name, { value, writable: true, configurable: true, enumerable: false });
  }

  provide('console', {
    log: write,
    info: write,
    warn: write,
    error: write,
    debug: write,
    trace: write,
    dir: write,
    table: write,
    assert: ignore,
    group: ignore,
    groupEnd: ignore,
    time: ignore,
    timeEnd: ignore,
  });

  /** The four functions of TS013 over whatever the codec has: itself, an export, or a legacy form. */
  function entryOf(kind, own, usesModule) {
    if (own[kind] !== undefined) return own[kind];
    const exported = usesModule ? (world.module?.exports?.[kind] ?? world.exports?.[kind]) : undefined;
    if (typeof exported === 'function') return exported;
    const driven = own.driver?.[kind];
    if (typeof driven === 'function') return (input) => apply(driven, own.driver, [input]);
    const { Decoder, Decode, Encoder, Encode } = own;
    if (kind === 'decodeUplink') {
      if (Decoder) return ({ bytes, fPort }) => ({ data: Decoder(bytes, fPort) });
      if (Decode) return ({ bytes, fPort, variables }) => ({ data: Decode(fPort, bytes, variables) });
    }
    if (kind === 'encodeDownlink') {
      if (Encoder) return ({ data, fPort }) => ({ bytes: Encoder(data, fPort), fPort });
      if (Encode) return ({ data, fPort, variables }) => ({ bytes: Encode(fPort, data, variables), fPort });
    }
    return undefined;
  }

  /** A network server starts a fresh engine for each frame. What a call left in the globals goes. */
  function sweep(usesModule) {
    const left = keysOf(world);
    for (let index = 0; index < left.length; index += 1) deleteProperty(world, left[index]);
    if (usesModule) {
      const exports = {};
      provide('exports', exports);
      provide('module', { exports });
    }
  }

  /** Whether the codec added to Array.prototype or Object.prototype, so that this context is spent. */
  function isPolluted() {
    for (const _name in anyArray) return true;
    return false;
  }

  function textOfThrown(thrown) {
    if (typeof thrown !== 'object' || thrown === null) return printed(thrown);
    try {
      const { name, message, stack } = thrown;
      if (typeof message !== 'string') return printed(thrown);
      const start = apply(slice, message, [0, maxConsoleLineChars]);
      const said = typeof name === 'string' ? `${name}: ${start}` : start;
      const place = typeof stack === 'string' ? apply(exec, placeInCodec, [stack]) : null;
      return place === null ? said : `${said} (line ${place[1]})`;
    } catch {
      return 'something that does not say what it is';
    }
  }

  function answer(mark, fields) {
    return `${mark}{${fields},"console":[${consoleText}]}`;
  }

  function refused(code, reason) {
    return answer('-', `"outcome":"refused","code":${stringify(code)},"reason":${stringify(reason)}`);
  }

  function threw(thrown) {
    const message = apply(slice, textOfThrown(thrown), [0, maxConsoleLineChars]);
    if (apply(exec, outOfMemory, [message]) !== null) {
      return refused('memory_limit', 'the codec ran out of memory');
    }
    return answer('!', `"outcome":"threw","message":${stringify(message)}`);
  }

  function run(make, usesModule, kind, inputText) {
    sweep(usesModule);
    const input = parse(inputText);
    if (typeof input.recvTime === 'number') input.recvTime = new CodecDate(input.recvTime);
    const own = apply(make, world, []) ?? {}; // A codec can return before its declarations are read.
    if (own.globals !== undefined) {
      const names = keysOf(own.globals);
      for (let index = 0; index < names.length; index += 1) provide(names[index], own.globals[names[index]]);
    }
    const entry = entryOf(kind, own, usesModule);
    if (entry === undefined) return refused('no_decoder', `the codec declares no function ${kind}`);
    const output = textOf(entry(input));
    if (output.code !== null) return refused(output.code, output.reason);
    return answer(
      isPolluted() ? '-' : '+',
      `"outcome":"returned","output":${output.text},"warnings":[${output.warnings}]`,
    );
  }

  /**
   * `make` is the codec's whole source as one function: calling it anew for each frame gives the codec
   * fresh variables of its own, as on a network server, at a hundredth of the price of a fresh context.
   *
   * A call answers with one mark and the result as JSON: `+` keep this context, `-` it is spent, `!` it is
   * spent because the codec threw.
   */
  return {
    prepare(make, usesModule, kind) {
      return (inputText) => {
        consoleText = '';
        consoleLines = 0;
        try {
          return run(make, usesModule, kind, inputText);
        } catch (thrown) {
          return threw(thrown);
        }
      };
    },
    /** What the codec had written when it was interrupted. */
    consoleSoFar: () => `[${consoleText}]`,
  };
});
