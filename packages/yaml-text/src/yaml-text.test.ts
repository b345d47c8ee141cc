import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { complaintsOf } from './complaints.ts';
import { placeIn, readYamlText } from './yaml-text.ts';

const CITY = `city: Mulhouse
meters:
  - id: 09111642617347
    medium: water
  - id: 0612345678
    colour: blue
`;
const SCHEMA = z.strictObject({
  city: z.string(),
  river: z.string(),
  meters: z.array(z.strictObject({ id: z.string(), medium: z.string() })),
});

describe('where things stand in a text', () => {
  const yaml = readYamlText(CITY, 'failsafe');
  const placed = (path: readonly PropertyKey[]) => placeIn('city.yaml', yaml.placeOf(path));

  it('is told of values, and of what is missing by what is around it', () => {
    expect(placed(['city'])).toBe('city.yaml:1:7');
    expect(placed(['meters', 0, 'id'])).toBe('city.yaml:3:9');
    expect(placed(['meters', 1, 'medium'])).toBe('city.yaml:5:5');
    expect(placed(['river'])).toBe('city.yaml:1:1');
    expect(readYamlText('').placeOf(['city'])).toEqual({ line: 1, column: 1 });
  });

  it('is told of the name of a field, and of a character in a text', () => {
    expect(yaml.placeOfField(['meters', 1], 'colour')).toEqual({ line: 6, column: 5 });
    expect(yaml.placeOf(['meters', 0, 'medium'], 2)).toEqual({ line: 4, column: 15 });
  });

  it('keeps the digits of what is no number, where that is asked for', () => {
    expect(yaml.value).toMatchObject({ meters: [{ id: '09111642617347' }, { id: '0612345678' }] });
    expect(readYamlText(CITY).value).toMatchObject({ meters: [{ id: 9111642617347 }, { id: 612345678 }] });
  });

  it('is told of what is no YAML, and then there is no value', () => {
    const { value, errors } = readYamlText('a: [1,\nb: "');
    expect(value).toBeUndefined();
    expect(errors[0]).toMatchObject({ place: { line: 2 } });
  });

  it('does not follow aliases without end', () => {
    const bomb = [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`),
    ];
    const { value, errors } = readYamlText(bomb.join('\n'));
    expect(value).toBeUndefined();
    expect(errors).toMatchObject([{ message: expect.stringContaining('alias') }]);
  });

  it('is told of each thing that does not fit a schema', () => {
    const { error } = SCHEMA.safeParse(yaml.value);
    const complaints = complaintsOf(yaml, error ?? { issues: [] });
    expect(
      complaints.map(({ field, place, isMissing, unknown }) => [
        placeIn('city.yaml', place),
        field,
        isMissing,
        unknown,
      ]),
    ).toEqual([
      ['city.yaml:1:1', 'river', true, null],
      ['city.yaml:5:5', 'meters.1.medium', true, null],
      ['city.yaml:6:5', 'meters.1.colour', false, 'colour'],
    ]);
  });
});
