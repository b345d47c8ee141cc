import { describe, expect, it } from 'vitest';
import { isTimeZone } from './time-zone.ts';

describe('the name of a time zone', () => {
  it.each(['UTC', 'Europe/Paris', 'Indian/Reunion', 'America/Argentina/Buenos_Aires', 'Etc/GMT+2'])(
    '%s is one of the tz database',
    (name) => expect(isTimeZone(name)).toBe(true),
  );

  it.each(['+02:00', '-0500', 'IST', 'CET', 'Z', 'Europe/Pariss', ' Europe/Paris', 'Paris', ''])(
    '"%s" is none, or one that programs read differently',
    (name) => expect(isTimeZone(name)).toBe(false),
  );
});
