import { channel, count, number, period, quantityNamed } from './parameter.ts';
import { template } from './template.ts';

/** A battery that is told of once a day is told of often enough; one report may be lost. */
const DAILY = '3d';

export const DEVICE_TEMPLATES = [
  template({
    name: 'silent-device',
    title: { en: 'The device is silent', fr: 'L’appareil ne donne plus signe' },
    description: {
      en: 'Not heard for so many of its usual intervals. Clears when it is heard again. A device that was never heard is not meant: `veilleur device watch` shows it.',
      fr: 'Pas entendu depuis tant de ses intervalles habituels. Se ferme dès qu’il est entendu. Un appareil jamais entendu n’est pas visé : `veilleur device watch` le montre.',
    },
    parameters: {
      intervals: number(
        6,
        null,
        { en: 'Usual intervals missed', fr: 'Intervalles habituels manqués' },
        { min: 2 },
      ),
      at_least: period('6h', { en: 'Never sooner than', fr: 'Jamais avant' }),
    },
    rule: ({ intervals, at_least }) => ({ kind: 'absence', intervals, atLeast: at_least }),
  }),
  template({
    name: 'low-battery',
    title: { en: 'The battery is low', fr: 'La pile est faible' },
    description: {
      en: 'The device’s own alarm, in two reports. Clears when the device takes it back.',
      fr: 'L’alarme de l’appareil, à deux relevés. Se ferme quand l’appareil la retire.',
    },
    parameters: {},
    rule: () => ({
      kind: 'value',
      quantity: 'low_battery',
      above: 0.5,
      samples: 2,
      hold: DAILY,
      reopenWithin: '7d',
    }),
  }),
  template({
    name: 'low-battery-level',
    title: { en: 'The battery is nearly empty', fr: 'La pile est presque vide' },
    description: {
      en: 'The battery’s level lies under the bound, in two reports. Clears 10 % above it.',
      fr: 'Le niveau de la pile est sous le seuil, à deux relevés. Se ferme 10 % au-dessus.',
    },
    parameters: {
      below_percent: number(15, '%', { en: 'Below', fr: 'En dessous de' }, { max: 90 }),
    },
    rule: ({ below_percent }) => ({
      kind: 'value',
      quantity: 'battery_level',
      below: below_percent,
      clearAbove: below_percent + 10,
      samples: 2,
      hold: DAILY,
      reopenWithin: '7d',
    }),
  }),
  template({
    name: 'low-battery-voltage',
    title: { en: 'The battery’s voltage is low', fr: 'La tension de la pile est basse' },
    description: {
      en: 'The mean of three days lies under the bound: cold nights lower it for hours. Clears 0.1 V above it.',
      fr: 'La moyenne de trois jours est sous le seuil : les nuits froides l’abaissent des heures. Se ferme 0,1 V au-dessus.',
    },
    parameters: { below_V: number(3.1, 'V', { en: 'Below', fr: 'En dessous de' }) },
    rule: ({ below_V }) => ({
      kind: 'window',
      quantity: 'battery_voltage',
      function: 'mean',
      over: DAILY,
      minSamples: 3,
      below: below_V,
      clearAbove: below_V + 0.1,
      reopenWithin: '7d',
    }),
  }),
  template({
    name: 'poor-link',
    title: { en: 'The device is barely heard', fr: 'L’appareil est à peine entendu' },
    description: {
      en: 'The mean margin of the link (DevStatusAns) lies under the bound. Clears 3 dB above it. The network server must ask devices for their status.',
      fr: 'La marge radio moyenne (DevStatusAns) est sous le seuil. Se ferme 3 dB au-dessus. Le serveur réseau doit demander leur état aux appareils.',
    },
    parameters: {
      below_dB: number(3, 'dB', { en: 'Below', fr: 'En dessous de' }, { min: -32, max: 31 }),
      over: period('3d', { en: 'Mean of', fr: 'Moyenne sur' }),
    },
    rule: ({ below_dB, over }) => ({
      kind: 'window',
      quantity: 'link_margin',
      function: 'mean',
      over,
      minSamples: 2,
      below: below_dB,
      clearAbove: below_dB + 3,
      severity: 'info',
      reopenWithin: '7d',
    }),
  }),
  template({
    name: 'join-storm',
    title: { en: 'The device joins again and again', fr: 'L’appareil rejoint le réseau sans cesse' },
    description: {
      en: 'More joins than a device that works needs.',
      fr: 'Plus de jonctions qu’il n’en faut à un appareil qui marche.',
    },
    parameters: {
      joins: count(4, { en: 'More joins than', fr: 'Plus de jonctions que' }),
      over: period('6h', { en: 'In', fr: 'En' }),
    },
    rule: ({ joins, over }) => ({ kind: 'events', event: 'join', above: joins, over }),
  }),
  template({
    name: 'index-backwards',
    title: { en: 'The index went backwards', fr: 'L’index a reculé' },
    description: {
      en: 'A reading is lower than the one before: a rollover, another meter, or a fault. Clears after a day of growing readings.',
      fr: 'Un index est plus bas que le précédent : passage par zéro, autre compteur, ou défaut. Se ferme après un jour d’index croissants.',
    },
    parameters: {
      quantity: quantityNamed('water_volume', { en: 'The index', fr: 'L’index' }),
      channel: channel(0),
      hold: period('7d', { en: 'Readings at most so far apart', fr: 'Index distants d’au plus' }),
    },
    rule: (values) => ({
      kind: 'rate',
      quantity: values.quantity,
      channel: values.channel,
      hold: values.hold,
      below: 0,
      clearFor: '1d',
      reopenWithin: '1d',
    }),
  }),
  template({
    name: 'stuck-meter',
    title: { en: 'The meter stands still', fr: 'Le compteur est à l’arrêt' },
    description: {
      en: 'It was heard, and its index did not move in the whole window. Clears when it moves. Choose places that are in use: an empty flat stands still, too.',
      fr: 'Entendu, son index n’a pas bougé de toute la fenêtre. Se ferme quand il bouge. Choisissez des lieux occupés : un logement vide est à l’arrêt aussi.',
    },
    parameters: {
      quantity: quantityNamed('water_volume', { en: 'The index', fr: 'L’index' }),
      channel: channel(0),
      over: period('14d', { en: 'Still for', fr: 'À l’arrêt depuis' }),
      least: number(0.001, null, {
        en: 'Less than this is no movement, in the unit of the index',
        fr: 'Moins que cela n’est pas un mouvement, dans l’unité de l’index',
      }),
    },
    rule: (values) => ({
      kind: 'window',
      quantity: values.quantity,
      channel: values.channel,
      function: 'increase',
      over: values.over,
      below: values.least,
      severity: 'info',
      reopenWithin: '2d',
    }),
  }),
  template({
    name: 'tamper',
    title: { en: 'The meter was tampered with', fr: 'Fraude au compteur' },
    description: {
      en: 'The device’s own alarm. Pulse counters tell it by input: channel 1 or 2.',
      fr: 'L’alarme de l’appareil. Les compteurs d’impulsions la donnent par entrée : voie 1 ou 2.',
    },
    parameters: { channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'tamper',
      channel: values.channel,
      above: 0.5,
      severity: 'critical',
      reopenWithin: '2d',
    }),
  }),
];
