/* oxlint-disable */ // @ts-nocheck: runs inside QuickJS, in the realm of a stranger's codec; see harness.js.
//
// JSON.stringify with an answer for everything that JSON leaves open. Evaluates to a function that
// takes the caps and gives `textOf(value) -> { text, warnings } | { refused, reason }`.
(function definedJson(maxOutputChars, maxDepth) {
  const { stringify } = JSON;
  const { apply } = Reflect;
  const { keys: keysOf, getPrototypeOf } = Object;
  const { isArray } = Array;
  const { isView } = ArrayBuffer;
  const { isPrototypeOf: isParentOf } = Object.prototype;
  const { includes } = String.prototype;
  const { getTime, toISOString } = Date.prototype;
  const { forEach: forEachEntry } = Map.prototype;
  const { forEach: forEachMember } = Set.prototype;
  const { get: lengthOfView } = Object.getOwnPropertyDescriptor(
    getPrototypeOf(Uint8Array.prototype),
    'length',
  );
  const Bytes = Uint8Array;
  const toNumber = Number;
  const toText = String;
  const smallestSafe = BigInt(Number.MIN_SAFE_INTEGER);
  const largestSafe = BigInt(Number.MAX_SAFE_INTEGER);
  const isDate = isA(Date);
  const isMap = isA(Map);
  const isSet = isA(Set);
  const isPromise = isA(Promise);
  const isArrayBuffer = isA(ArrayBuffer);
  const isDataView = isA(DataView);
  const isBoxedNumber = isA(Number);
  const isBoxedText = isA(String);
  const isBoxedFlag = isA(Boolean);

  let warnings = '';
  let refusal = null;

  function isA({ prototype }) {
    return (value) => apply(isParentOf, prototype, [value]);
  }

  function warn(path, what) {
    warnings += (warnings === '' ? '' : ',') + stringify(`${path === '' ? 'the output' : path} ${what}`);
  }

  /** Unwinds to `textOf`. A codec that catches it on the way, in a toJSON of its own, changes nothing. */
  function refuse(code, reason) {
    refusal = { code, reason };
    throw refusal;
  }

  function walk(original, key, path, holder) {
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
        return value === null ? 'null' : objectText(value, path, holder);
      default:
        return undefined; // undefined, functions and symbols are dropped, as in JSON.
    }
  }

  function numberText(value, path) {
    if (value - value === 0) return stringify(value);
    warn(path, `is ${value}, for which JSON has no word: null`);
    return 'null';
  }

  function bigintText(value, path) {
    const safe = value >= smallestSafe && value <= largestSafe;
    warn(path, safe ? 'is a BigInt: a number' : 'is a BigInt beyond the safe integers: a decimal string');
    return safe ? `${toNumber(value)}` : `"${value}"`;
  }

  function dateText(value, path) {
    const time = apply(getTime, value, []);
    if (time - time === 0) return stringify(apply(toISOString, value, []));
    warn(path, 'is an invalid date: null');
    return 'null';
  }

  function objectText(value, path, holder) {
    for (let outer = holder; outer !== null; outer = outer.holder) {
      if (outer.value === value) {
        refuse('output_not_json', `${path === '' ? 'the output' : path} points back at what holds it`);
      }
    }
    const depth = holder === null ? 1 : holder.depth + 1;
    if (depth > maxDepth) refuse('output_not_json', `the output is nested deeper than ${maxDepth}`);
    const here = { value, holder, depth };
    if (isBoxedNumber(value)) return numberText(toNumber(value), path);
    if (isBoxedText(value)) return stringify(toText(value));
    if (isBoxedFlag(value)) return stringify(value);
    if (isPromise(value)) refuse('output_not_json', `${path === '' ? 'the output' : path} is a promise`);
    if (isArrayBuffer(value)) return viewText(new Bytes(value), path, here);
    if (isDataView(value))
      return viewText(new Bytes(value.buffer, value.byteOffset, value.byteLength), path, here);
    if (isView(value)) return viewText(value, path, here);
    if (isArray(value)) return listText(value, value.length, path, here);
    if (isSet(value)) return setText(value, path, here);
    return isMap(value) ? mapText(value, path, here) : recordText(value, path, here);
  }

  function viewText(view, path, here) {
    return listText(view, apply(lengthOfView, view, []), path, here);
  }

  function listText(list, length, path, here) {
    let text = '';
    for (let index = 0; index < length; index += 1) {
      const member = walk(list[index], `${index}`, `${path}[${index}]`, here) ?? 'null';
      text += (index === 0 ? '' : ',') + member;
      if (text.length > maxOutputChars) tooLarge();
    }
    return `[${text}]`;
  }

  function setText(set, path, here) {
    let text = '';
    let index = 0;
    apply(forEachMember, set, [
      (member) => {
        const place = `${path}[${index}]`;
        text += (index === 0 ? '' : ',') + (walk(member, `${index}`, place, here) ?? 'null');
        index += 1;
        if (text.length > maxOutputChars) tooLarge();
      },
    ]);
    return `[${text}]`;
  }

  function mapText(map, path, here) {
    let text = '';
    apply(forEachEntry, map, [
      (value, key) => {
        if (typeof key === 'symbol') return;
        text = withMember(text, toText(key), value, path, here);
      },
    ]);
    return `{${text}}`;
  }

  function recordText(record, path, here) {
    let text = '';
    const names = keysOf(record);
    for (let index = 0; index < names.length; index += 1) {
      text = withMember(text, names[index], record[names[index]], path, here);
    }
    return `{${text}}`;
  }

  function withMember(text, name, value, path, here) {
    const member = walk(value, name, path === '' ? name : `${path}.${name}`, here);
    if (member === undefined) return text;
    if (text.length + member.length > maxOutputChars) tooLarge();
    return `${text}${text === '' ? '' : ','}${stringify(name)}:${member}`;
  }

  function tooLarge() {
    refuse('output_too_large', `the output is longer than ${maxOutputChars} characters of JSON`);
  }

  /**
   * JSON.stringify is native and several times as fast as a walk, so it goes first. It is silent about
   * NaN, invalid dates, maps and typed arrays, but each leaves one of three marks in the text; BigInt
   * and cycles make it throw. Only then the walk looks at every value.
   */
  function nativeText(value) {
    try {
      const text = stringify(value) ?? 'null';
      if (text.length > maxOutputChars) return text; // To search 20 MB takes longer than a call may.
      const marked =
        apply(includes, text, ['null']) || apply(includes, text, ['{}']) || apply(includes, text, ['{"0":']);
      return marked ? undefined : text;
    } catch {
      return undefined; // The walk finds out why, and whether there is an answer.
    }
  }

  /** Throws what a getter or a toJSON of the codec throws. */
  return function textOf(value) {
    warnings = '';
    refusal = null;
    let text = nativeText(value);
    if (text === undefined) {
      try {
        text = walk(value, '', '', null) ?? 'null';
      } catch (thrown) {
        if (refusal === null) throw thrown;
      }
    }
    if (refusal === null && text.length > maxOutputChars) {
      refusal = { code: 'output_too_large', reason: `the output has ${text.length} characters of JSON` };
    }
    return refusal ?? { code: null, text, warnings };
  };
});
