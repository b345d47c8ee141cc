import type { Installation, IntervalReading, Reading, Series } from '@veilleur/metering';
import { ONE, registerValue } from '@veilleur/metering';
import type { OperatorReadingRow, Register, RegisterReadings, StandingDevice } from '@veilleur/store';

/**
 * What is stored of a register, as metering takes it. An operator's readings are in the point's unit
 * whatever counter stands there, so they have installations of their own: one for each meter.
 *
 * @param from From where readings were loaded: a start index that lies before would stand alone.
 */
export function seriesOf(register: Register, { devices, operator }: RegisterReadings, from: number): Series {
  const installations: Installation[] = register.devices.map((device) => installationOf(device, from));
  const readings: Reading[] = [];
  const seen = new Set<string>();
  for (const { devEui, times, values } of devices) {
    for (const [i, time] of times.entries()) {
      // A device that left and came back at one moment is read twice there.
      const key = `${devEui} ${time}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const value = registerValue(values[i] as number);
      readings.push({ time, value, device: devEui, source: 'lorawan', quality: 'measured' });
    }
  }
  const indexes = operator.filter(({ kind }) => kind === 'index');
  const meterOf = meterNames(indexes);
  installations.push(...metersOf(indexes, meterOf));
  for (const row of indexes) {
    const { to: time, value, quality, knownAt } = row;
    readings.push({ time, value, device: meterOf(row), source: 'operator', quality, knownAt });
  }
  const intervals: IntervalReading[] = operator
    // A published volume is rounded: where indexes tell, they are right.
    .filter(({ kind, published }) => kind === 'interval' && !(published && indexes.length > 0))
    .map(({ from: start, to, value, quality, knownAt }) => ({
      from: start,
      to,
      amount: value,
      source: 'operator',
      quality,
      knownAt,
    }));
  return { readings: standing(readings, register.devices), intervals, installations };
}

/** Readings of a device outside of its installations are another point's. */
function standing(readings: readonly Reading[], devices: readonly StandingDevice[]): Reading[] {
  return readings.filter(
    ({ source, device, time }) =>
      source === 'operator' ||
      devices.some((one) => one.devEui === device && time >= one.from && (one.to === null || time < one.to)),
  );
}

function installationOf(device: StandingDevice, loadedFrom: number): Installation {
  const { numerator, denominator, digits, modulus, startIndex, endIndex, meterIndex } = device;
  const whole = device.from >= loadedFrom;
  return {
    device: device.devEui,
    meter: device.meterSerial ?? device.devEui,
    from: device.from,
    to: device.to,
    factor: { numerator, denominator },
    ...(digits === null ? {} : { rollover: { digits } }),
    ...(modulus === null ? {} : { rollover: { modulus } }),
    ...(whole && startIndex !== null ? { startIndex } : {}),
    ...(whole && startIndex !== null && meterIndex !== null ? { meterIndex } : {}),
    ...(endIndex === null ? {} : { endIndex }),
  };
}

/**
 * Which meter an index is of. An operator that gives no number to a meter (GRDF) tells a new one by two
 * indexes of one moment: where the old one ended, and a lower one where the new one starts.
 */
function meterNames(indexes: readonly OperatorReadingRow[]): (row: OperatorReadingRow) => string {
  const ends = new Map<number, number>();
  for (const { to, value, starts } of indexes) {
    if (!starts) ends.set(to, Math.max(value, ends.get(to) ?? Number.NEGATIVE_INFINITY));
  }
  const changes = new Set(
    indexes.filter(({ to, value, starts }) => starts && value < (ends.get(to) ?? value)).map(({ to }) => to),
  );
  return ({ meterSerial, to, starts }) => {
    let nth = 0;
    for (const at of changes) if (at < to || (at === to && starts)) nth += 1;
    return `operator ${meterSerial ?? ''} ${nth}`;
  };
}

/** Each meter from its first reading to the first of the next, which may be read at the same moment. */
function metersOf(
  indexes: readonly OperatorReadingRow[],
  meterOf: (row: OperatorReadingRow) => string,
): Installation[] {
  const spans = new Map<string, { first: number; last: number }>();
  for (const row of indexes) {
    const known = spans.get(meterOf(row));
    if (known === undefined) spans.set(meterOf(row), { first: row.to, last: row.to });
    else {
      known.first = Math.min(known.first, row.to);
      known.last = Math.max(known.last, row.to);
    }
  }
  const inOrder = [...spans].sort(([, a], [, b]) => a.first - b.first || a.last - b.last);
  return inOrder.map(([device, { first, last }], i) => {
    const next = inOrder[i + 1]?.[1].first;
    return {
      device,
      meter: device,
      from: i === 0 ? Number.NEGATIVE_INFINITY : first,
      to: next === undefined ? null : Math.max(next, last + 1),
      factor: ONE,
    };
  });
}

/**
 * From where readings must be loaded: counters that follow each other at one meter share one scale, and
 * how often the one before rolled over is only known from its beginning.
 */
export function reachBack(register: Register, from: number): number {
  let reach = from;
  for (const [i, device] of register.devices.entries()) {
    const before = register.devices[i - 1];
    if (before === undefined || device.meterIndex === null || device.from < from) continue;
    if (before.digits !== null || before.modulus !== null || before.meterIndex !== null) {
      reach = Math.min(reach, before.from);
    }
  }
  return reach;
}
