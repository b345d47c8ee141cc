import { describe, it } from 'vitest';
import { story } from '../testing/story.ts';

const MONDAY = { day: '2026-03-02' };
const HOT = `
- name: hot
  title: { en: Hot, fr: Chaud }
  kind: value
  quantity: temperature
  above: 30
  clearBelow: 28
  for: 30min
`;

describe('an alarm on a value that was never received', () => {
  it('is not raised: one hot reading, and then nothing, is no half hour of heat', () => {
    story(HOT.replace('for: 30min', 'for: 4h'), MONDAY)
      .at('08:00', { temperature: 31 })
      .until('20:00')
      .expect();
  });

  it('is not raised by the gap between two hot readings', () => {
    story(HOT.replace('for: 30min', 'for: 6h'), MONDAY)
      .at('08:00', { temperature: 31 })
      .at('20:00', { temperature: 31 })
      .until('22:00')
      .expect();
  });

  it('is raised while the last reading still speaks, before the next one comes', () => {
    story(HOT, MONDAY).at('08:00', { temperature: 31 }).until('12:00').expect('08:30 raised hot');
  });

  it('is not cleared by silence either: what was hot stays an alert until a reading says otherwise', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .until('2026-03-04 08:00')
      .expect('08:30 raised hot')
      .day('2026-03-04')
      .at('08:00', { temperature: 20 })
      .expect('08:00 cleared hot');
  });

  it('is not raised by an expression while one of its values is unknown or old', () => {
    const dark = `
- { name: dark, title: { en: Dark, fr: Éteint }, kind: expression,
    expression: light_command > 0.0 && light_level < 1.0, hold: 2h }`;
    story(dark, MONDAY)
      .at('20:00', { light_command: 100 })
      .expect()
      .at('23:00', { light_level: 0 })
      .expect()
      .at('23:10', { light_command: 100 })
      .expect('23:10 raised dark');
  });

  it('is not raised where so many readings are asked for and one is all there is', () => {
    story(HOT.replace('for: 30min', 'samples: 3'), MONDAY)
      .at('08:00', { temperature: 31 })
      .at('08:10', { temperature: 31 })
      .expect()
      .at('08:20', { temperature: 31 })
      .expect('08:20 raised hot');
  });
});

describe('an alarm that never clears', () => {
  it('clears as soon as a reading is under the lower bound', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .expect('08:30 raised hot')
      .at('09:10', { temperature: 28 })
      .expect('09:10 cleared hot');
  });

  it('clears by itself when the contrary has held, without waiting for another reading', () => {
    story(HOT.replace('for: 30min', 'clearFor: 45min'), MONDAY)
      .at('08:00', { temperature: 31 })
      .at('08:10', { temperature: 20 })
      .until('12:00')
      .expect('08:00 raised hot', '08:55 cleared hot');
  });

  it('clears when a silent device is heard, whatever it says', () => {
    const silent = '- { name: silent, template: silent-device, with: { at_least: 2h } }';
    story(silent, MONDAY)
      .every('15min', '00:00', '08:00', {})
      .until('18:00')
      .expect('10:00 raised silent')
      .heard('18:20')
      .expect('18:20 cleared silent');
  });
});

describe('an alarm that is used again', () => {
  it('is the same alert when it comes back within the hour, and its pause is kept', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .at('09:10', { temperature: 20 })
      .every('10min', '09:20', '10:00', { temperature: 32 })
      .expect('08:30 raised hot', '09:10 cleared hot', '09:50 reopened hot');
  });

  it('is another alert afterwards: the one that was cleared stays as it is', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .at('09:10', { temperature: 20 })
      .every('10min', '11:00', '12:00', { temperature: 31 })
      .expect('08:30 raised hot', '09:10 cleared hot', '11:30 raised hot');
  });
});

describe('late data', () => {
  it('that tells of heat long past is raised and cleared as of then, never as news that is open', () => {
    story(HOT, MONDAY)
      .every('10min', '12:00', '14:00', { temperature: 20 })
      .frame('14:00', {
        '08:00': { temperature: 35 },
        '08:20': { temperature: 35 },
        '08:40': { temperature: 35 },
        '09:00': { temperature: 20 },
      })
      .expect('08:30 raised hot, known 14:00', '09:00 cleared hot, known 14:00');
  });

  it('that says it was cool in between withdraws what should never have been raised', () => {
    story(HOT, MONDAY)
      .every('20min', '08:00', '09:00', { temperature: 31 })
      .every('20min', '09:20', '10:00', { temperature: 20 })
      .expect('08:30 raised hot', '09:20 cleared hot')
      .frame('10:10', {
        '08:10': { temperature: 20 },
        '08:30': { temperature: 20 },
        '08:50': { temperature: 20 },
        '09:10': { temperature: 20 },
      })
      .expect('08:30 withdrawn hot, known 10:10');
  });

  it('that comes piece by piece leads to the same', () => {
    story(HOT, MONDAY)
      .every('10min', '12:00', '13:00', { temperature: 20 })
      .late('13:10', '08:00', { temperature: 35 })
      .expect('08:30 raised hot, known 13:10', '12:00 cleared hot, known 13:10')
      .late('13:20', '08:20', { temperature: 20 })
      .expect('08:30 withdrawn hot, known 13:20');
  });

  it('that says it began earlier corrects the alert that is open', () => {
    story(HOT, MONDAY)
      .every('10min', '08:30', '09:00', { temperature: 31 })
      .expect('09:00 raised hot')
      .late('09:05', '08:20', { temperature: 31 })
      .expect('08:50 corrected hot, known 09:05');
  });

  it('of a silent device ends the silence that never was', () => {
    const quiet =
      '- { name: no-index, title: { en: a, fr: b }, kind: absence, quantity: water_volume, after: 6h }';
    story(quiet, MONDAY)
      .at('00:00', { water_volume: 1 })
      .until('08:00')
      .expect('06:00 raised no-index')
      .late('09:00', '04:00', { water_volume: 2 })
      .expect('06:00 withdrawn no-index, known 09:00')
      .until('12:00')
      .expect('10:00 raised no-index');
  });

  it('told twice, or in another order, changes nothing more', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .expect('08:30 raised hot')
      .late('09:30', '08:20', { temperature: 31 })
      .late('09:30', '08:20', { temperature: 31 })
      .expect();
  });

  it('from before what is remembered is looked up, and gives the same', () => {
    story(HOT, MONDAY)
      .at('06:00', { temperature: 20 })
      .every('10min', '12:00', '13:00', { temperature: 20 })
      .forgetsBefore('11:30')
      .late('13:00', '07:00', { temperature: 31 })
      .expect('07:30 raised hot, known 13:00', '12:00 cleared hot, known 13:00');
  });
});

describe('an alarm that flaps', () => {
  it('stays one alert while readings dance between the bounds', () => {
    story(HOT.replace('for: 30min', 'for: 10min'), MONDAY)
      .every('5min', '08:00', '10:00', (nth) => ({ temperature: nth % 2 === 0 ? 30.5 : 29 }))
      .expect()
      .every('5min', '10:05', '10:20', { temperature: 31 })
      .expect('10:10 raised hot')
      .every('5min', '10:25', '12:00', (nth) => ({ temperature: nth % 2 === 0 ? 29 : 30.5 }))
      .expect()
      .at('12:05', { temperature: 27 })
      .expect('12:05 cleared hot');
  });

  it('stays one alert for readings that cross both bounds, where the contrary has to hold', () => {
    story(HOT.replace('for: 30min', 'clearFor: 1h'), MONDAY)
      .every('10min', '08:00', '12:00', (nth) => ({ temperature: nth % 3 === 0 ? 31 : 20 }))
      .expect('08:00 raised hot')
      .every('10min', '12:10', '14:00', { temperature: 20 })
      .expect('13:10 cleared hot');
  });
});

describe('a restart', () => {
  it('in the middle of a `for` loses nothing of it', () => {
    story(HOT, MONDAY)
      .at('08:00', { temperature: 31 })
      .at('08:10', { temperature: 31 })
      .restart()
      .until('09:00')
      .expect('08:30 raised hot');
  });

  it('that lasts longer than the `for` raises as of when it was due', () => {
    story(HOT, MONDAY)
      .at('08:00', { temperature: 31 })
      .restart('08:50')
      .expect('08:30 raised hot, known 08:50');
  });

  it('in the middle of counting samples loses none of them', () => {
    story(HOT.replace('for: 30min', 'samples: 3'), MONDAY)
      .at('08:00', { temperature: 31 })
      .at('08:10', { temperature: 31 })
      .restart()
      .at('08:20', { temperature: 31 })
      .expect('08:20 raised hot');
  });

  it('raises nothing twice, and clears what it finds open', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .expect('08:30 raised hot')
      .restart('09:30')
      .expect()
      .at('09:40', { temperature: 20 })
      .restart()
      .expect('09:40 cleared hot')
      .every('10min', '09:50', '10:30', { temperature: 31 })
      .restart()
      .expect('10:20 reopened hot');
  });

  it('in a silence raises it when it is due, or as of then', () => {
    const silent = '- { name: silent, template: silent-device, with: { at_least: 2h } }';
    const told = () => story(silent, MONDAY).every('15min', '00:00', '08:00', {});
    told().restart('09:00').until('12:00').expect('10:00 raised silent');
    told().restart('12:00').expect('10:00 raised silent, known 12:00');
  });
});

describe('a clock that jumps', () => {
  it('ahead says nothing of today; its reading counts when its time has come', () => {
    story(HOT, MONDAY)
      .at('08:00', { temperature: 20 })
      .late('08:10', '2026-03-03 08:10', { temperature: 35 })
      .expect()
      .every('10min', '08:20', '09:00', { temperature: 20 })
      .until('2026-03-03 08:05')
      .expect()
      .day('2026-03-03')
      .until('10:00')
      .expect('08:40 raised hot');
  });

  it('back tells of the past, and does not end what is open now', () => {
    story(HOT, MONDAY)
      .every('10min', '08:00', '09:00', { temperature: 31 })
      .expect('08:30 raised hot')
      .late('09:05', '2013-01-01 00:00', { temperature: 5 })
      .late('09:10', '2013-01-01 00:05', { temperature: 50 })
      .expect()
      .every('10min', '09:10', '09:30', { temperature: 31 })
      .expect();
  });

  it('does not make a device silent: it was heard when the network server heard it', () => {
    const silent = '- { name: silent, template: silent-device, with: { at_least: 2h } }';
    story(silent, MONDAY)
      .every('15min', '00:00', '08:00', { temperature: 20 })
      .late('08:15', '2013-01-01 00:00', { temperature: 20 })
      .late('09:30', '2013-01-01 00:15', { temperature: 20 })
      .until('11:00')
      .expect();
  });
});

describe('the nights on which clocks change', () => {
  const night = HOT.replace('for: 30min', 'for: 0s').concat("  when: { between: ['02:00', '03:00'] }\n");

  it('have no two o’clock in March: a rule for that hour says nothing', () => {
    story(night, { day: '2026-03-29' }).every('10min', '01:00', '05:00', { temperature: 31 }).expect();
  });

  it('have it twice in October, and it is one alert', () => {
    story(night, { day: '2026-10-25' })
      .every('10min', '01:00', '02:30', { temperature: 31 })
      .expect('02:00 raised hot')
      .every('10min', '02:40', '02:50+01:00', { temperature: 31 })
      .expect()
      .at('02:55+01:00', { temperature: 20 })
      .expect('02:55+01:00 cleared hot');
  });

  it('do not lengthen or shorten a `for`: four hours are four hours', () => {
    const long = HOT.replace('for: 30min', 'for: 4h');
    story(long, { day: '2026-03-29' })
      .every('30min', '00:00', '06:00', { temperature: 31 })
      .expect('05:00 raised hot');
    story(long, { day: '2026-10-25' })
      .every('30min', '00:00', '06:00', { temperature: 31 })
      .expect('03:00 raised hot');
  });
});
