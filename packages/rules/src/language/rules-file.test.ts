import { describe, expect, it } from 'vitest';
import { TEMPLATES } from '../templates/index.ts';
import { loadRules } from './rules-file.ts';
import { rulesJsonSchema } from './rules-schema.ts';

const TITLE = 'title: { en: Warm, fr: Chaud }';
/** Each problem as an editor shows it. */
const problemsOf = (text: string) =>
  loadRules(text).problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
const remediesOf = (text: string) => loadRules(text).problems.map(({ remedy }) => remedy);

describe('a file of rules', () => {
  it('names a device by the DevEUI on its label, or by its name', () => {
    const { rules } = loadRules(
      "- { name: a, template: backflow, select: { devices: [70-B3-D5-E7-5E-01-00-01, École], except: { devices: ['70B3D5E75E010002'] } } }",
    );
    expect(rules[0]?.select).toEqual({
      devices: ['70b3d5e75e010001', 'École'],
      except: { devices: ['70b3d5e75e010002'] },
    });
  });

  it('holds rules that are written out, and rules from templates, in milliseconds and base units', () => {
    const { rules, problems } = loadRules(`
- name: warm
  ${TITLE}
  kind: value
  quantity: temperature
  above: 30
  for: 15min
- name: leak
  template: water-leak
  with: { over: 12h, least_L_per_h: 2 }
  select: { sites: [town-hall] }
  severity: critical
`);
    expect(problems).toEqual([]);
    expect(rules).toMatchObject([
      { name: 'warm', kind: 'value', above: 30, for: 900_000, samples: 1, severity: 'warning' },
      {
        name: 'leak',
        kind: 'continuous_flow',
        title: { en: 'Water runs without a pause' },
        over: 12 * 3_600_000,
        above: 0.002,
        select: { sites: ['town-hall'] },
        severity: 'critical',
      },
    ]);
  });

  it('may be JSON', () => {
    const text = JSON.stringify([{ name: 'quiet', template: 'silent-device', with: { intervals: 3 } }]);
    expect(loadRules(text)).toMatchObject({ problems: [], rules: [{ kind: 'absence', intervals: 3 }] });
  });

  it('tells everything that is wrong at once, each with its place', () => {
    expect(
      problemsOf(`- name: Warm
  title: { en: Warm }
  kind: value
  quantity: temprature
  abov: 30
  severity: urgent
  for: 15
  select: { tag: { a: b } }
- name: leak
  template: water-leek
- name: leak
  template: water-leak
  with: { over: 24, least: 2 }
- template: silent-device
- just words
`),
    ).toEqual([
      '1:3 0.above: above: expected exactly one of above and below',
      '1:9 0.name: name: expected lower case letters, digits and dashes',
      '2:10 0.title.fr: fr is missing',
      '4:13 0.quantity: quantity: "temprature" is not a quantity; did you mean temperature?; `veilleur rules quantities` lists them',
      '5:3 0.abov: "abov" is not known here; did you mean above?',
      '6:13 0.severity: severity: "urgent" is not known',
      '7:8 0.for: for: expected a duration such as 90s, 15min, 24h, 3d or 2w',
      '8:13 0.select.tag: "tag" is not known here; did you mean tags?',
      '10:13 1.template: template: "water-leek" is not known; did you mean water-leak?',
      '11:9 2.name: name: "leak" is taken by a rule above',
      '13:17 2.with.over: over: expected a duration such as 90s, 15min, 24h, 3d or 2w',
      '13:21 2.with.least: "least" is not known here; did you mean least_L_per_h?',
      '14:3 3.name: name is missing',
      '15:3 4: expected a rule: fields and their values',
    ]);
  });

  it.each([
    [
      'a kind',
      `- { name: a, ${TITLE}, kind: valeu }`,
      /^Write one of: value, rate, window, continuous_flow,/,
    ],
    [
      'a severity',
      `- { name: a, template: backflow, severity: high }`,
      /^Write one of: info, warning, critical\.$/,
    ],
    ['a template', '- { name: a, template: leaks }', /^Write one of: water-leak, .*silent-device/],
    [
      'a parameter',
      '- { name: a, template: burst, with: { flow: 3 } }',
      /^Known here: flow_L_per_h, over\.$/,
    ],
    ['a field', '- { name: a, template: backflow, levle: 3 }', /^Known here: .*above.*, template, with\.$/],
    ['a day', `- { name: a, template: backflow, when: { days: [monday] } }`, /^Write one of: mon, tue,/],
  ])('says what is allowed instead of %s that it does not know', (_what, text, remedy) => {
    expect(remediesOf(text)).toEqual([expect.stringMatching(remedy)]);
  });

  it.each([
    [
      'over no bound',
      `- { name: a, ${TITLE}, kind: value, quantity: temperature }`,
      '1:3 0.above: above: expected exactly one of above and below',
    ],
    [
      'over two bounds',
      `- { name: a, ${TITLE}, kind: value, quantity: temperature, above: 3, below: 1 }`,
      '1:99 0.below: below: expected exactly one of above and below',
    ],
    [
      'with a hysteresis that is upside down',
      `- { name: a, ${TITLE}, kind: value, quantity: temperature, above: 3, clearBelow: 4 }`,
      '1:104 0.clearBelow: clearBelow: must not lie over above',
    ],
    [
      'that a parameter turns upside down',
      '- { name: a, template: carbon-dioxide, with: { above_ppm: 700 } }',
      '1:46 0.with: the template carbon-dioxide with these parameters: clearBelow: must not lie over above',
    ],
    [
      'that an override turns upside down',
      '- { name: a, template: carbon-dioxide, clearBelow: 1200 }',
      '1:52 0.clearBelow: clearBelow: must not lie over above',
    ],
    [
      'with a time that no database can look back to',
      `- { name: a, ${TITLE}, kind: value, quantity: temperature, below: 3, reopenWithin: 999999d }`,
      '1:106 0.reopenWithin: reopenWithin: expected 3650d at most',
    ],
    [
      'with such a time as a parameter',
      '- { name: a, template: water-leak, with: { over: 600w } }',
      '1:50 0.with.over: over: expected 3650d at most',
    ],
    [
      'with another kind than its template’s',
      '- { name: a, template: burst, kind: value }',
      '1:37 0.kind: kind: the template burst is of the kind continuous_flow',
    ],
    [
      'with a parameter out of its range',
      '- { name: a, template: water-leak-night, with: { nights: 20 } }',
      '1:58 0.with.nights: nights: Too big: expected number to be <=14',
    ],
  ])('refuses a rule %s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('points into an expression that cannot be read', () => {
    const file = (expression: string) =>
      `- name: a\n  ${TITLE}\n  kind: expression\n  expression: ${expression}\n`;
    expect(problemsOf(file('light_level > 5.0 && light_comand > 0.0'))).toEqual([
      '4:36 0.expression: expression: "light_comand" is not a quantity; did you mean light_command?',
    ]);
    expect(problemsOf(file('light_level + 5.0'))).toEqual([
      '4:15 0.expression: expression: it is double, not true or false',
    ]);
    expect(problemsOf(file('"light_level * 2 > 5.0"'))).toEqual([
      expect.stringMatching(/^4:15 0\.expression: expression: .*double \* int/),
    ]);
    expect(problemsOf(`${file('light_level > 5.0')}  given: light_command >\n`)).toEqual([
      expect.stringMatching(/^5:\d+ 0\.given: given: /),
    ]);
  });

  it('refuses a rule that names another one that is not there', () => {
    const text = `- name: dark
  template: lamp-failure
  inhibitedBy: [outtage]
- name: outage
  template: cabinet-outage
  with: { of: [dark, silent] }
- name: outages
  template: cabinet-outage
  of: [outage]
`;
    expect(problemsOf(text)).toEqual([
      '3:17 0.inhibitedBy.0: inhibitedBy: "outtage" is not known; did you mean outage?',
      '6:22 1.with.of.1: of: "silent" is not known',
      '9:8 2.of.0: of: "outage" is of the kind many itself',
    ]);
  });

  it.each([
    ['text that is not YAML', '- name: a\n  title: {en: b', /^2:\d+ : /],
    ['a field twice', '- name: a\n  name: b', /^2:3 : Map keys must be unique/],
    ['something else than a list', 'rules: []', /^1:1 : expected a list of rules$/],
    ['nothing', '', /^1:1 : expected a list of rules$/],
  ])('refuses %s', (_what, text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });
});

describe('the templates', () => {
  it.each(TEMPLATES.map((one) => [one.name, one] as const))(
    '%s is a rule with nothing but its name',
    (name, template) => {
      const members = 'of' in template.parameters ? ['lamp-silent', 'lamp-dark'] : [];
      const text = [
        ...members.map((member) => `- { name: ${member}, template: silent-device }`),
        `- { name: one, template: ${name} }`,
      ];
      const { rules, problems } = loadRules(text.join('\n'));
      expect(problems).toEqual([]);
      expect(rules.at(-1)).toMatchObject({ name: 'one', kind: template.kind, title: template.title });
      for (const { schema, default: byDefault } of Object.values(template.parameters)) {
        expect(schema.parse(byDefault)).toEqual(byDefault);
      }
    },
  );
});

describe('the JSON Schema for editors', () => {
  const schema = JSON.parse(JSON.stringify(rulesJsonSchema()));
  const entries: { properties: Record<string, Record<string, unknown>>; required: string[] }[] =
    schema.items.anyOf;

  it('offers each kind and each template, with what may stand in it', () => {
    const kinds = entries.flatMap(({ properties: { kind } }) => kind?.const ?? []);
    const templates = entries.flatMap(({ properties: { template } }) => template?.const ?? []);
    expect(kinds).toHaveLength(11);
    expect(templates).toEqual(TEMPLATES.map(({ name }) => name));
    const leak = entries.find(({ properties: { template } }) => template?.const === 'water-leak');
    expect(leak?.required).toEqual(['template', 'name']);
    expect(leak?.properties.with?.properties).toMatchObject({
      least_L_per_h: { type: 'number', default: 1, description: expect.stringContaining('(L/h)') },
    });
    expect(leak?.properties.severity).toMatchObject({ enum: ['info', 'warning', 'critical'] });
  });

  it('names the quantities, and asks for nothing that has a usual value', () => {
    const value = entries.find(({ properties: { kind } }) => kind?.const === 'value');
    expect(value?.properties.quantity?.enum).toContain('water_volume');
    expect(value?.required).toEqual(['name', 'title', 'kind', 'quantity']);
  });
});
