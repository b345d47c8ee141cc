import { count, localTimeOfDay, months, number, period, word } from './parameter.ts';
import { cel, template } from './template.ts';

const ROOMS = { media: ['environment'] };

export const BUILDING_TEMPLATES = [
  template({
    name: 'heated-at-night',
    title: { en: 'Heated at night', fr: 'Chauffé la nuit' },
    description: {
      en: 'In the heating season the mean of two hours lies over the bound, deep in the night. By day nothing is said: it clears in a night that is cool.',
      fr: 'En saison de chauffe, la moyenne de deux heures dépasse le seuil en pleine nuit. De jour, rien n’est dit : se ferme une nuit où il fait frais.',
    },
    parameters: {
      above_Cel: number(18, 'Cel', { en: 'Warmer than', fr: 'Plus chaud que' }, { max: 40 }),
      from: localTimeOfDay('01:00', { en: 'From, local time', fr: 'De, heure locale' }),
      to: localTimeOfDay('05:00', { en: 'To, local time', fr: 'À, heure locale' }),
      months: months([10, 11, 12, 1, 2, 3, 4], {
        en: 'Months of the heating season',
        fr: 'Mois de la saison de chauffe',
      }),
    },
    rule: (values) => ({
      kind: 'window',
      quantity: 'temperature',
      function: 'mean',
      over: '2h',
      minSamples: 3,
      above: values.above_Cel,
      clearBelow: values.above_Cel - 1,
      samples: 2,
      when: { between: [values.from, values.to], months: values.months },
      severity: 'info',
      reopenWithin: '2d',
      select: ROOMS,
    }),
  }),
  template({
    name: 'carbon-dioxide',
    title: { en: 'Stale air', fr: 'Air vicié' },
    description: {
      en: 'Carbon dioxide over the bound, for twenty minutes and in two reports. Clears under the lower bound.',
      fr: 'Dioxyde de carbone au-dessus du seuil, pendant vingt minutes et à deux relevés. Se ferme sous le seuil bas.',
    },
    parameters: {
      above_ppm: number(1000, '[ppm]', { en: 'Above', fr: 'Au-dessus de' }),
      clear_ppm: number(800, '[ppm]', { en: 'Clears below', fr: 'Se ferme en dessous de' }),
      critical_ppm: number(1700, '[ppm]', { en: 'Critical above', fr: 'Critique au-dessus de' }),
    },
    rule: ({ above_ppm, clear_ppm, critical_ppm }) => ({
      kind: 'value',
      quantity: 'carbon_dioxide',
      above: above_ppm,
      clearBelow: clear_ppm,
      worse: { beyond: critical_ppm, severity: 'critical' },
      for: '20min',
      samples: 2,
      reopenWithin: '2h',
      select: ROOMS,
    }),
  }),
  template({
    name: 'heated-with-windows-open',
    title: { en: 'Heated with windows open', fr: 'Chauffé fenêtres ouvertes' },
    description: {
      en: 'A building draws heat while contacts tell of open windows, for a time. Contacts are devices with a tag `role: window` that tell 1 when open; half of them must be heard.',
      fr: 'Un bâtiment tire de la chaleur pendant que des contacts signalent des fenêtres ouvertes, depuis un moment. Les contacts sont des appareils étiquetés `role: window` qui donnent 1 ouverts ; la moitié doit être entendue.',
    },
    parameters: {
      above_W: number(1000, 'W', { en: 'Heat drawn, more than', fr: 'Chaleur tirée, plus de' }),
      windows: count(1, { en: 'Windows open, at least', fr: 'Fenêtres ouvertes, au moins' }),
      lasting: period('30min', { en: 'For so long', fr: 'Depuis' }),
      role: word('window', { en: 'The contacts’ tag `role`', fr: 'L’étiquette `role` des contacts' }),
    },
    rule: ({ above_W, windows, lasting, role }) => ({
      kind: 'site',
      values: {
        heat: { quantity: 'thermal_power', aggregate: 'sum', select: { media: ['heat'] } },
        open: {
          quantity: 'digital_input',
          aggregate: 'count',
          above: 0.5,
          select: { tags: { role } },
          share: 0.5,
        },
      },
      expression: `heat > ${cel(above_W)} && open >= ${cel(windows)}`,
      for: lasting,
      reopenWithin: '4h',
      severity: 'info',
    }),
  }),
];
