import { flag, growing, type TemplateStory } from './template-story.ts';

export const OF_DEVICES: Readonly<Record<string, TemplateStory>> = {
  tamper: { day: '2026-03-02', ...flag('tamper') },
  'silent-device': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('2h', '00:00', '12:00', {})
        .until('2026-03-03 12:00')
        .expect('2026-03-03 00:00 raised it')
        .heard('2026-03-03 13:00')
        .expect('2026-03-03 13:00 cleared it'),
    nearMiss: [
      'it reports once a day, and misses two days',
      (told) => told.every('1d', '06:00', '2026-03-08 06:00', {}).until('2026-03-11 05:00'),
    ],
  },
  'low-battery': {
    day: '2026-03-02',
    raises: (told) =>
      told.every('12h', '06:00', '2026-03-03 06:00', { low_battery: 1 }).expect('18:00 raised it'),
    nearMiss: [
      'one frost night',
      (told) => told.every('12h', '06:00', '2026-03-06 06:00', (nth) => ({ low_battery: nth === 3 ? 1 : 0 })),
    ],
  },
  'low-battery-level': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('1h', '06:00', '08:00', (nth) => ({ battery_level: 16 - nth }))
        .expect()
        .at('09:00', { battery_level: 13 })
        .expect('09:00 raised it')
        .at('10:00', { battery_level: 100 })
        .expect('10:00 cleared it'),
    nearMiss: ['it stands at the bound', (told) => told.every('1h', '06:00', '12:00', { battery_level: 15 })],
  },
  'low-battery-voltage': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('1d', '06:00', '2026-03-05 06:00', { battery_voltage: 3.15 })
        .every('1d', '2026-03-06 06:00', '2026-03-08 06:00', { battery_voltage: 3 })
        .expect('2026-03-07 06:00 raised it'),
    nearMiss: [
      'cold nights take it down for hours',
      (told) =>
        told.every('1h', '12:00', '2026-03-07 12:00', (hour) => ({
          battery_voltage: hour % 24 > 12 && hour % 24 < 18 ? 2.9 : 3.3,
        })),
    ],
  },
  'poor-link': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .at('06:00', { link_margin: 0 })
        .expect()
        .at('2026-03-03 06:00', { link_margin: 2 })
        .expect('2026-03-03 06:00 raised it')
        .every('1d', '2026-03-04 06:00', '2026-03-07 06:00', { link_margin: 12 })
        .expect('2026-03-05 06:00 cleared it'),
    nearMiss: [
      'one bad day among good ones',
      (told) =>
        told.every('1d', '06:00', '2026-03-09 06:00', (day) => ({ link_margin: day === 3 ? -5 : 10 })),
    ],
  },
  'join-storm': {
    day: '2026-03-02',
    raises: (told) => {
      for (const time of ['08:00', '08:20', '08:40', '09:00', '09:20']) told.event(time, 'join');
      told.expect('09:20 raised it').heard('13:50').expect().heard('14:00').expect('14:00 cleared it');
    },
    nearMiss: [
      'it joins after each of four cuts of a day',
      (told) => {
        for (const time of ['02:00', '07:00', '12:00', '17:00', '22:00']) told.event(time, 'join');
      },
    ],
  },
  'index-backwards': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every(
          '1h',
          '00:00',
          '06:00',
          growing('water_volume', 900, () => 0.01),
        )
        .at('07:00', { water_volume: 0.02 })
        .expect('07:00 raised it')
        .every(
          '1h',
          '08:00',
          '2026-03-03 12:00',
          growing('water_volume', 0.03, () => 0.01),
        )
        .expect('2026-03-03 08:00 cleared it'),
    nearMiss: ['it stands still', (told) => told.every('1h', '00:00', '06:00', { water_volume: 900 })],
  },
  'stuck-meter': {
    with: { over: '3d' },
    day: '2026-03-27',
    // Three days are three times 24 hours, also where one has 23.
    raises: (told) =>
      told
        .every(
          '1h',
          '00:00',
          '12:00',
          growing('water_volume', 100, () => 0.01),
        )
        .every('1h', '13:00', '2026-03-31 12:00', { water_volume: 100.12 })
        .expect('2026-03-30 13:00 raised it')
        .at('2026-03-31 13:00', { water_volume: 100.2 })
        .expect('2026-03-31 13:00 cleared it'),
    nearMiss: [
      'one litre a day runs through',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '2026-04-02 12:00',
          growing('water_volume', 100, (hour) => (hour % 24 === 9 ? 0.001 : 0)),
        ),
    ],
  },
  'heated-at-night': {
    day: '2026-03-27',
    raises: (told) =>
      told
        .every('15min', '00:00', '12:00', { temperature: 20 })
        .expect('01:15 raised it')
        .every('15min', '12:15', '2026-03-28 00:45', { temperature: 14 })
        .expect()
        .every('15min', '2026-03-28 01:00', '2026-03-28 02:00', { temperature: 14 })
        .expect('2026-03-28 01:00 cleared it'),
    nearMiss: [
      'it is warm by day, and cools down after the evening',
      (told) =>
        told.every('15min', '00:00', '2026-03-29 23:00', (nth) => ({
          temperature: nth % 96 < 28 ? 16.5 : 21,
        })),
    ],
  },
  'carbon-dioxide': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('10min', '08:00', '09:00', (nth) => ({ carbon_dioxide: 900 + 100 * nth }))
        .expect('08:40 raised it')
        .at('09:10', { carbon_dioxide: 1800 })
        .expect('09:10 worsened it critical')
        .at('09:20', { carbon_dioxide: 900 })
        .expect()
        .at('09:30', { carbon_dioxide: 780 })
        .expect('09:30 cleared it critical'),
    nearMiss: [
      'somebody breathes on the sensor',
      (told) => told.every('10min', '08:00', '10:00', (nth) => ({ carbon_dioxide: nth === 4 ? 2500 : 700 })),
    ],
  },
};
