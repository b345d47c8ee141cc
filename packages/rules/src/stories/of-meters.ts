import type { Story } from '../testing/story.ts';
import { flag, growing, type TemplateStory } from './template-story.ts';

/** m³: a household draws by day; at night only what leaks. */
const water = (night_L: number, day_L = 20) =>
  growing('water_volume', 100, (hour) => (hour % 24 < 6 ? night_L : day_L) / 1000);

export const OF_METERS: Readonly<Record<string, TemplateStory>> = {
  'water-leak': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('1h', '00:00', '2026-03-03 12:00', water(4))
        .expect('2026-03-03 00:00 raised it')
        .every('1h', '2026-03-03 13:00', '2026-03-03 16:00', { water_volume: 102 })
        .expect('2026-03-03 14:00 cleared it'),
    nearMiss: [
      'one hour of the night is still',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '2026-03-05 00:00',
          growing('water_volume', 100, (hour) => (hour % 24 === 3 ? 0 : 0.004)),
        ),
    ],
  },
  'water-leak-night': {
    day: '2026-03-27',
    // The night of the 29th has no two o’clock.
    raises: (told) =>
      told.every('1h', '00:00', '2026-03-31 12:00', water(6)).expect('2026-03-29 05:00 raised it'),
    nearMiss: [
      'the second of three nights has a still hour',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '2026-03-29 23:00',
          growing('water_volume', 100, (hour) => (hour === 27 ? 0 : 0.006)),
        ),
    ],
  },
  'water-past-years': {
    with: { over: '14d' },
    day: '2026-03-02',
    raises: (told) => years(told, 2.3).expect('2026-02-26 00:00 raised it'),
    nearMiss: ['it is a cold winter, and half as much again', (told) => years(told, 1.5)],
  },
  'water-leak-flag': { day: '2026-03-02', ...flag('leak') },
  'burst-flag': { day: '2026-03-02', ...flag('burst') },
  backflow: { day: '2026-03-02', ...flag('backflow') },
  'freeze-flag': { day: '2026-03-02', ...flag('low_temperature') },
  burst: {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every(
          '1h',
          '00:00',
          '12:00',
          growing('water_volume', 100, (hour) => (hour < 8 ? 0.01 : 0.9)),
        )
        .expect('10:00 raised it'),
    nearMiss: [
      'a bath and a garden take much for one hour',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '12:00',
          growing('water_volume', 100, (hour) => (hour === 8 ? 0.9 : 0.1)),
        ),
    ],
  },
  freeze: {
    day: '2026-01-12',
    raises: (told) =>
      told
        .every('1h', '00:00', '03:00', { temperature: 4 })
        .every('1h', '04:00', '06:00', { temperature: 2 })
        .expect('05:00 raised it')
        .at('07:00', { temperature: -2 })
        .expect('07:00 worsened it critical')
        .at('08:00', { temperature: 4 })
        .expect()
        .at('09:00', { temperature: 5 })
        .expect('09:00 cleared it critical'),
    nearMiss: [
      'a door stood open for one reading',
      (told) => told.every('1h', '00:00', '08:00', (hour) => ({ temperature: hour === 4 ? 2 : 6 })),
    ],
  },
  'gas-leak': {
    day: '2026-07-06',
    raises: (told) =>
      told
        .every(
          '1h',
          '00:00',
          '2026-07-07 12:00',
          growing('pulse_count/1', 500, () => 2),
        )
        .expect('2026-07-07 00:00 raised it'),
    nearMiss: [
      'somebody cooks, and sleeps',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '2026-07-09 12:00',
          growing('pulse_count/1', 500, (hour) => (hour % 24 < 2 ? 0 : 5)),
        ),
    ],
  },
  'over-subscribed-power': {
    day: '2026-01-12',
    raises: (told) =>
      told
        .at('18:00', { subscribed_current: 30, apparent_power: 6500 })
        .at('19:00', { subscribed_current: 30, apparent_power: 7200 })
        .expect('19:00 raised it')
        .every('1h', '20:00', '23:00', { subscribed_current: 30, apparent_power: 3000 })
        .expect('22:00 cleared it'),
    nearMiss: [
      'a contract of 45 A allows it',
      (told) => told.every('1h', '18:00', '23:00', { subscribed_current: 45, apparent_power: 7200 }),
    ],
  },
  'phase-lost': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('15min', '08:00', '09:00', { 'voltage/1': 231, 'voltage/2': 230, 'voltage/3': 229 })
        .every('15min', '09:15', '09:45', { 'voltage/1': 231, 'voltage/2': 3, 'voltage/3': 229 })
        .expect('09:30 raised it')
        .at('10:00', { 'voltage/1': 231, 'voltage/2': 230, 'voltage/3': 229 })
        .expect('10:00 cleared it'),
    nearMiss: [
      'a meter tells one phase only, or all three are gone',
      (told) =>
        told
          .every('15min', '08:00', '10:00', { 'voltage/1': 231 })
          .every('15min', '10:15', '11:00', { 'voltage/1': 0, 'voltage/2': 0, 'voltage/3': 0 }),
    ],
  },
  'supply-voltage-low': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('1h', '18:00', '20:00', { voltage: 201 })
        .expect('19:00 raised it')
        .at('21:00', { voltage: 209 })
        .expect()
        .at('22:00', { voltage: 212 })
        .expect('22:00 cleared it'),
    nearMiss: [
      'a motor starts',
      (told) => told.every('1h', '18:00', '23:00', (hour) => ({ voltage: hour === 2 ? 199 : 208 })),
    ],
  },
  'supply-voltage-high': {
    day: '2026-06-02',
    raises: (told) => told.every('1h', '12:00', '14:00', { voltage: 255 }).expect('13:00 raised it'),
    nearMiss: [
      'the sun lifts it to the limit',
      (told) => told.every('1h', '12:00', '16:00', { voltage: 253 }),
    ],
  },
};

/** Daily readings of four years, of which the last takes so many times the water. */
function years(told: Story, times: number): Story {
  const days = 4 * 364;
  return told.every('1d', '2022-03-06 00:00', '2026-03-01 00:00', (day) => ({
    water_volume: 1000 + Math.min(day, days - 14) * 0.5 + Math.max(0, day - (days - 14)) * 0.5 * times,
  }));
}
