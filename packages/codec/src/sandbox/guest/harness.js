// @ts-nocheck: this text runs inside QuickJS, in the same realm as a stranger's codec.
//
// It evaluates to a function that the worker calls once a context, before the codec's source is
// evaluated. Everything that it uses of JavaScript it takes now, and it never looks a method up on a
// value again: a codec that overwrites JSON, Date or Array.prototype harms nobody, itself included.
// No function of the host is reachable from here, so there is nothing to attack but QuickJS itself.
(function harness(maxOutputChars, maxDepth, maxConsoleLines, maxConsoleLineChars) {
  'use strict';
  const world = globalThis;
  const { parse, stringify } = JSON;
  const { apply, ownKeys, defineProperty, deleteProperty } = Reflect;
  const { keys: keysOf } = Object;
  const { isArray } = Array;
  const { isView } = ArrayBuffer;
  const { isPrototypeOf } = Object.prototype;
  const { includes, slice } = String.prototype;
  const { exec } = RegExp.prototype;
  const { getTime, toISOString } = Date.prototype;
  const { forEach: forEachOfMap } = Map.prototype;
  const { forEach: forEachOfSet } = Set.prototype;
  const { get: byteLengthOf } = Object.getOwnPropertyDescriptor(DataView.prototype, 'byteLength');
  const CodecDate = Date;
  const Bytes = Uint8Array;
  const toNumber = Number;
  const toText = String;
  const toFlag = Boolean;
  const isA = (constructor) => {
    const { prototype } = constructor;
    return (value) => apply(isPrototypeOf, prototype, [value]);
  };
  const isDate = isA(Date);
  const isMap = isA(Map);
  const isSet = isA(Set);
  const isPromise = isA(Promise);
  const isBuffer = isA(ArrayBuffer);
  const isDataView = isA(DataView);
  const isBoxedNumber = isA(Number);
  const isBoxedText = isA(String);
  const isBoxedFlag = isA(Boolean);
  const placeInCodec = /codec\.js:(\d+)/;
  const smallestSafe = BigInt(Number.MIN_SAFE_INTEGER);
  const largestSafe = BigInt(Number.MAX_SAFE_INTEGER);
  const NO_JSON = { reason: '' };
  const PRISTINE_ARRAY = [];

  // --- console: lines for whoever debugs the codec, never more than the caps -----------------------

  let consoleText = '';
  let consoleLines = 0;

  function write(...values) {
    if (consoleLines >= maxConsoleLines) return;
    consoleLines += 1;
    let line = '';
    for (let index = 0; index < values.length; index += 1) {
      line += (index === 0 ? '' : ' ') + printed(values[index]);
      if (line.length > maxConsoleLineChars) break;
    }
    consoleText +=
      (consoleText === '' ? '' : ',') + stringify(apply(slice, line, [0, maxConsoleLineChars]));
  }

  function printed(value) {
    if (typeof value === 'object' && value !== null) {
      try {
        return stringify(value) ?? 'undefined';
      } catch {
        return 'something that is no JSON';
      }
    }
    return typeof value === 'symbol' ? 'a symbol' : toText(value);
  }

  const ignore = () => {};
  hide('console', {
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

  /** Not enumerable, so that whatever enumerable name a codec leaves behind is the codec's own. */
  function hide(name, value) {
    defineProperty(world, name, { value, writable: true, configurable: true, enumerable: false });
  }

  // --- JSON with an answer for everything that JSON leaves open -------------------------------------

  let warnings = '';

  function warn(path, what) {
    warnings += (warnings === '' ? '' : ',') + stringify(`${path === '' ? 'the output' : path} ${what}`);
  }

  /**
   * JSON.stringify is native and some ten times as fast as a walk, so it goes first. It is silent about
   * NaN, invalid dates, maps and typed arrays, but each of them leaves one of three marks in its text;
   * BigInt and cycles make it throw.
   */
  function textOf(value) {
    try {
      const text = stringify(value);
      if (text === undefined) return 'null';
      const marked =
        apply(includes, text, ['null']) || apply(includes, text, ['{}']) || apply(includes, text, ['{"0":']);
      if (!marked) return text;
    } catch {
      // The walk finds out why, and whether there is an answer.
    }
    return walk(value, '', '', []) ?? 'null';
  }

  function walk(original, key, path, ancestors) {
    let value = original;
    if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') {
      if (isDate(value)) return dateText(value, path);
      if (typeof value.toJSON === 'function') value = value.toJSON(key);
    }
    switch (typeof value) {
      case 'string':
        return stringify(value);
      case 'boolean':
        return value ? 'true' : 'false';
      case 'number':
        return numberText(value, path);
      case 'bigint':
        return bigintText(value, path);
      case 'object':
        return value === null ? 'null' : objectText(value, path, ancestors);
      default:
        return undefined; // undefined, functions and symbols are dropped, as JSON does.
    }
  }

  function numberText(value, path) {
    if (value - value === 0) return stringify(value);
    warn(path, `is ${value}, which JSON has no word for: null`);
    return 'null';
  }

  function bigintText(value, path) {
    const safe = value >= smallestSafe && value <= largestSafe;
    warn(path, safe ? 'is a BigInt: a number' : 'is a BigInt too large for a number: a decimal string');
    return safe ? `${toNumber(value)}` : `"${value}"`;
  }

  function dateText(value, path) {
    const time = apply(getTime, value, []);
    if (time === time) return stringify(apply(toISOString, value, []));
    warn(path, 'is an invalid date: null');
    return 'null';
  }

  function objectText(value, path, ancestors) {
    for (let index = 0; index < ancestors.length; index += 1) {
      if (ancestors[index] === value) refuse(`${path} points back at what holds it`);
    }
    if (ancestors.length >= maxDepth) refuse(`it is nested deeper than ${maxDepth}`);
    const chain = [...ownedCopy(ancestors), value];
    if (isBoxedNumber(value)) return numberText(toNumber(value), path);
    if (isBoxedText(value)) return stringify(toText(value));
    if (isBoxedFlag(value)) return toFlag(value.valueOf()) ? 'true' : 'false';
    if (isSet(value)) {
      const members = [];
      apply(forEachOfSet, value, [(member) => add(members, member)]);
      return listText(members, path, chain);
    }
    if (isMap(value)) {
      const entries = { __proto__: null };
      apply(forEachOfMap, value, [(member, name) => (entries[typeof name === 'symbol' ? '' : name] = member)]);
      return recordText(entries, path, chain);
    }
    if (isBuffer(value)) return listText(new Bytes(value), path, chain);
    if (isDataView(value)) return listText(new Bytes(value.buffer, value.byteOffset, byteLengthOf.call(value)), path, chain);
    if (isArray(value) || isView(value)) return listText(value, path, chain);
    return recordText(value, path, chain);
  }

  function listText(list, path, chain) {
    let text = '';
    const { length } = list;
    for (let index = 0; index < length; index += 1) {
      text += (index === 0 ? '' : ',') + (walk(list[index], `${index}`, `${path}[${index}]`, chain) ?? 'null');
      if (text.length > maxOutputChars) break; // Too large already: what follows changes nothing.
    }
    return `[${text}]`;
  }

  function recordText(record, path, chain) {
    let text = '';
    const names = keysOf(record);
    for (let index = 0; index < names.length; index += 1) {
      const name = names[index];
      const member = walk(record[name], name, path === '' ? name : `${path}.${name}`, chain);
      if (member !== undefined) text += `${text === '' ? '' : ','}${stringify(name)}:${member}`;
      if (text.length > maxOutputChars) break;
    }
    return `{${text}}`;
  }
})
