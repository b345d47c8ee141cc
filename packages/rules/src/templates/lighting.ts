import { choice, count, number, period, ruleNames, word } from './parameter.ts';
import { cel, template } from './template.ts';

const LIGHTING = { media: ['lighting'] };
/** A fault of lamps shows by night only; the nights of two days are one story. */
const NEXT_NIGHT = '1d';

export const LIGHTING_TEMPLATES = [
  template({
    name: 'lamp-failure',
    title: { en: 'The lamp stays dark', fr: 'Le lampadaire reste éteint' },
    description: {
      en: 'Told to be lit, it takes no power, in two reports. By day, and while it is told to be dark, nothing is said: the alert stays open until the lamp was seen burning.',
      fr: 'Commandé allumé, il ne consomme rien, à deux relevés. De jour, ou commandé éteint, rien n’est dit : l’alerte reste ouverte jusqu’à ce que la lampe ait été vue allumée.',
    },
    parameters: {
      below_W: number(2, 'W', { en: 'Dark below', fr: 'Éteint en dessous de' }),
      samples: count(2, { en: 'Reports in a row', fr: 'Relevés de suite' }),
    },
    rule: ({ below_W, samples }) => ({
      kind: 'expression',
      expression: `active_power < ${cel(below_W)}`,
      given: 'light_command > 0.0',
      samples,
      // The reports of an evening may be few: sectors go dark at midnight.
      hold: '12h',
      reopenWithin: NEXT_NIGHT,
      select: LIGHTING,
    }),
  }),
  template({
    name: 'lamp-failure-flag',
    title: { en: 'The lamp tells of a failure', fr: 'Le lampadaire signale une panne' },
    description: {
      en: 'The controller’s own lamp failure. Clears when it takes it back.',
      fr: 'La panne que signale le contrôleur. Se ferme quand il la retire.',
    },
    parameters: {},
    rule: () => ({
      kind: 'value',
      quantity: 'lamp_failure',
      above: 0.5,
      reopenWithin: NEXT_NIGHT,
      select: LIGHTING,
    }),
  }),
  template({
    name: 'day-burner',
    title: { en: 'The lamp burns by day', fr: 'Le lampadaire est allumé en plein jour' },
    description: {
      en: 'It gives light, or takes power, while the sun over it stands so high, in two reports. By night nothing is said. The device needs a position.',
      fr: 'Il éclaire, ou consomme, alors que le soleil est aussi haut, à deux relevés. La nuit, rien n’est dit. L’appareil doit avoir une position.',
    },
    parameters: {
      measured: choice(['light_level', 'active_power'], 'light_level', {
        en: 'What tells that it burns',
        fr: 'Ce qui dit qu’il est allumé',
      }),
      above: number(10, null, {
        en: 'Lit above, % of light_level or W of active_power',
        fr: 'Allumé au-dessus de, % de light_level ou W d’active_power',
      }),
      sun_deg: number(
        3,
        'deg',
        {
          en: 'Height of the sun, from which on it counts',
          fr: 'Hauteur du soleil à partir de laquelle cela compte',
        },
        { min: -6, max: 60 },
      ),
      samples: count(2, { en: 'Reports in a row', fr: 'Relevés de suite' }),
    },
    rule: ({ measured, above, sun_deg, samples }) => ({
      kind: 'value',
      quantity: measured,
      above,
      samples,
      when: { sunAbove: sun_deg },
      reopenWithin: NEXT_NIGHT,
      select: LIGHTING,
    }),
  }),
  template({
    name: 'cycling',
    title: { en: 'The lamp goes on and off', fr: 'Le lampadaire s’allume et s’éteint sans cesse' },
    description: {
      en: 'Switched on more often in a day than any calendar asks for. Clears a day after it stopped.',
      fr: 'Allumé plus souvent en un jour que ne le veut aucun calendrier. Se ferme un jour après l’arrêt.',
    },
    parameters: {
      starts: count(8, { en: 'More starts than', fr: 'Plus d’allumages que' }),
      over: period('24h', { en: 'In', fr: 'En' }),
    },
    rule: ({ starts, over }) => ({
      kind: 'window',
      quantity: 'switch_on_count',
      function: 'increase',
      over,
      above: starts,
      reopenWithin: NEXT_NIGHT,
      select: LIGHTING,
    }),
  }),
  template({
    name: 'dimming-not-followed',
    title: { en: 'The lamp does not dim as told', fr: 'Le lampadaire n’applique pas la gradation' },
    description: {
      en: 'Told to dim, it gives another light than it was told. While it is told to be dark or fully lit nothing is said.',
      fr: 'Commandé en gradation, il donne un autre niveau que demandé. Commandé éteint ou à plein, rien n’est dit.',
    },
    parameters: {
      tolerance_percent: number(15, '%', { en: 'Off by more than', fr: 'Écart de plus de' }, { max: 100 }),
      samples: count(1, { en: 'Reports in a row', fr: 'Relevés de suite' }),
    },
    rule: ({ tolerance_percent, samples }) => ({
      kind: 'expression',
      expression: `light_level - light_command > ${cel(tolerance_percent)} || light_command - light_level > ${cel(tolerance_percent)}`,
      given: 'light_command > 0.0 && light_command < 95.0 && light_level > 0.0',
      samples,
      reopenWithin: NEXT_NIGHT,
      select: LIGHTING,
    }),
  }),
  template({
    name: 'cabinet-outage',
    title: { en: 'A cabinet is out', fr: 'Une armoire est en panne' },
    description: {
      en: 'Many lamps of one cabinet (the tag that groups them) have an open alert of the named rules, that began together. One alert for all of them.',
      fr: 'Beaucoup de lampadaires d’une armoire (l’étiquette qui les groupe) ont une alerte ouverte des règles nommées, commencées ensemble. Une seule alerte pour tous.',
    },
    parameters: {
      of: ruleNames(['lamp-silent', 'lamp-dark'], {
        en: 'Rules of this file, of single lamps',
        fr: 'Règles de ce fichier, des lampadaires un à un',
      }),
      tag: word('cabinet', {
        en: 'The tag with the group’s name',
        fr: 'L’étiquette qui nomme le groupe',
      }),
      at_least: count(4, { en: 'Lamps at least', fr: 'Lampadaires au moins' }, 2),
      share: number(0.5, null, { en: 'Share of the group, 0 to 1', fr: 'Part du groupe, 0 à 1' }, { max: 1 }),
      within: period('3h', { en: 'Begun within', fr: 'Commencées en' }),
    },
    rule: ({ of, tag, at_least, share, within }) => ({
      kind: 'many',
      of,
      by: tag,
      atLeast: at_least,
      share,
      within,
      severity: 'critical',
    }),
  }),
];
