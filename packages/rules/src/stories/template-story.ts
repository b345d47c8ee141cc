import type { Story } from '../testing/story.ts';

/** For each template a day on which it raises, and a near miss on which it must not. */
export interface TemplateStory {
  readonly with?: object;
  readonly day: string;
  readonly raises: (told: Story) => void;
  readonly nearMiss: readonly [what: string, told: (told: Story) => void];
}

/** An index that begins at `from` and grows by what each hour takes. */
export const growing = (name: string, from: number, each: (hour: number) => number) => {
  let index = from;
  return (hour: number) => {
    const now = { [name]: index };
    index = Math.round((index + each(hour)) * 1e6) / 1e6;
    return now;
  };
};
export const flag = (quantity: string): Pick<TemplateStory, 'raises' | 'nearMiss'> => ({
  raises: (told) =>
    told
      .every('1h', '00:00', '03:00', { [quantity]: 0 })
      .every('1h', '04:00', '08:00', { [quantity]: 1 })
      .expect('04:00 raised it')
      .at('09:00', { [quantity]: 0 })
      .expect('09:00 cleared it')
      .at('10:00', { [quantity]: 1 })
      .expect('10:00 reopened it'),
  nearMiss: [
    'the meter reports that all is well',
    (told) => told.every('1h', '00:00', '08:00', { [quantity]: 0 }),
  ],
});
