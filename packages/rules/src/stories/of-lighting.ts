import { flag, growing, type TemplateStory } from './template-story.ts';

/** A lamp of 60 W that does as it is told. */
const lamp = (level: number, told = level) => ({
  light_command: told,
  light_level: level,
  active_power: (60 * level) / 100,
});

export const OF_LIGHTING: Readonly<Record<string, TemplateStory>> = {
  'lamp-failure': {
    day: '2026-03-02',
    // Sunset is at 18:20; the sector goes dark from 23:30 to 05:30.
    raises: (told) =>
      told
        .every('1h', '08:00', '18:00', lamp(0))
        .at('19:00', lamp(0, 100))
        .expect()
        .at('20:00', lamp(0, 100))
        .expect('20:00 raised it')
        .every('1h', '21:00', '23:00', lamp(0, 50))
        .every('1h', '2026-03-03 00:00', '2026-03-03 18:00', lamp(0))
        .expect()
        .at('2026-03-03 19:00', lamp(100))
        .expect('2026-03-03 19:00 cleared it'),
    nearMiss: [
      'it is dark because it was told to be, and once because it was just switched on',
      (told) =>
        told
          .every('1h', '08:00', '18:00', lamp(0))
          .at('19:00', lamp(0, 100))
          .every('1h', '20:00', '23:00', lamp(100)),
    ],
  },
  'lamp-failure-flag': {
    day: '2026-03-02',
    ...flag('lamp_failure'),
  },
  'day-burner': {
    day: '2026-03-28',
    // Over the change of the clocks, which the sun does not know: it rises at 06:20, then at 07:18.
    raises: (told) =>
      told
        .every('1h', '00:00', '06:00', lamp(100))
        .every('1h', '07:00', '12:00', lamp(100))
        .expect('08:00 raised it')
        .every('1h', '13:00', '2026-03-29 07:00', lamp(100))
        .expect()
        .every('1h', '2026-03-29 08:00', '2026-03-29 10:00', lamp(0))
        .expect('2026-03-29 08:00 cleared it'),
    nearMiss: [
      'it is lit until sunrise and from sunset on',
      (told) =>
        told
          .every('30min', '00:00', '06:20', lamp(100))
          .every('30min', '06:50', '18:50', lamp(0))
          .every('30min', '19:20', '2026-03-29 07:10', lamp(100))
          .every('30min', '2026-03-29 07:40', '2026-03-29 19:40', lamp(0)),
    ],
  },
  cycling: {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every(
          '1h',
          '00:00',
          '2026-03-03 00:00',
          growing('switch_on_count', 300, (hour) => (hour === 18 ? 1 : 0)),
        )
        .every(
          '1h',
          '2026-03-03 01:00',
          '2026-03-03 06:00',
          growing('switch_on_count', 304, () => 5),
        )
        .expect('2026-03-03 02:00 raised it')
        .every('1h', '2026-03-03 07:00', '2026-03-04 07:00', { switch_on_count: 329 })
        .expect('2026-03-04 05:00 cleared it'),
    nearMiss: [
      'an outage and a calendar of three steps start it six times',
      (told) =>
        told.every(
          '1h',
          '00:00',
          '2026-03-05 00:00',
          growing('switch_on_count', 300, (hour) => (hour % 4 === 0 ? 1 : 0)),
        ),
    ],
  },
  'dimming-not-followed': {
    day: '2026-03-02',
    raises: (told) =>
      told
        .every('1h', '19:00', '22:00', lamp(100))
        .at('23:00', lamp(100, 50))
        .expect('23:00 raised it')
        .every('1h', '2026-03-03 05:00', '2026-03-03 06:00', lamp(100))
        .every('1h', '2026-03-03 07:00', '2026-03-03 19:00', lamp(0))
        .expect()
        .at('2026-03-03 23:00', lamp(50))
        .expect('2026-03-03 23:00 cleared it'),
    nearMiss: [
      'it gives a little more than it was told, or none at all, which is another fault',
      (told) => told.every('1h', '19:00', '23:00', (hour) => (hour % 2 === 0 ? lamp(60, 50) : lamp(0, 50))),
    ],
  },
};
