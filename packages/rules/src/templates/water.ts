import { channel, count, localTimeOfDay, number, period } from './parameter.ts';
import { template } from './template.ts';

const WATER = { media: ['water'] };
const M3_PER_L = 0.001;
/** Only hourly readings tell whether a meter stood still for an hour: over a longer gap nothing is said. */
const HOURLY = '90min';
/** A flag that comes and goes within a day is one alert. */
const SAME_DAY = '1d';

export const WATER_TEMPLATES = [
  template({
    name: 'water-leak',
    title: { en: 'Water runs without a pause', fr: 'L’eau coule sans interruption' },
    description: {
      en: 'In the window the meter never stood still for an hour. Clears with the first still hour. Needs hourly readings. Not for district meters, where somebody always draws water.',
      fr: 'Sur la fenêtre, le compteur ne s’est jamais arrêté une heure. Se ferme à la première heure sans débit. Exige des index horaires. Pas pour les compteurs de secteur, où l’on tire toujours de l’eau.',
    },
    parameters: {
      over: period('24h', { en: 'Without a still hour for so long', fr: 'Sans heure d’arrêt pendant' }),
      least_L_per_h: number(1, 'L/h', {
        en: 'What is drawn in an hour that counts as still, at most',
        fr: 'Débit au plus d’une heure qui compte comme arrêt',
      }),
      critical_L_per_h: number(100, 'L/h', { en: 'Critical above', fr: 'Critique au-dessus de' }),
    },
    rule: ({ over, least_L_per_h, critical_L_per_h }) => ({
      kind: 'continuous_flow',
      quantity: 'water_volume',
      over,
      hold: HOURLY,
      above: least_L_per_h * M3_PER_L,
      worse: { beyond: critical_L_per_h * M3_PER_L, severity: 'critical' },
      reopenWithin: SAME_DAY,
      select: WATER,
    }),
  }),
  template({
    name: 'water-leak-night',
    title: { en: 'Water runs at night', fr: 'L’eau coule la nuit' },
    description: {
      en: 'In each of the last nights the meter never stood still between the two hours. Clears after the first night with a still hour. Needs hourly readings.',
      fr: 'Chacune des dernières nuits, le compteur ne s’est jamais arrêté entre les deux heures. Se ferme après la première nuit avec une heure d’arrêt. Exige des index horaires.',
    },
    parameters: {
      from: localTimeOfDay('02:00', { en: 'From, local time', fr: 'De, heure locale' }),
      to: localTimeOfDay('05:00', { en: 'To, local time', fr: 'À, heure locale' }),
      nights: count(3, { en: 'Nights in a row', fr: 'Nuits de suite' }, 1, 14),
      least_L_per_h: number(2, 'L/h', {
        en: 'What is drawn in an hour that counts as still, at most',
        fr: 'Débit au plus d’une heure qui compte comme arrêt',
      }),
    },
    rule: ({ from, to, nights, least_L_per_h }) => ({
      kind: 'night_minimum',
      quantity: 'water_volume',
      between: [from, to],
      nights,
      hold: HOURLY,
      above: least_L_per_h * M3_PER_L,
      reopenWithin: '2d',
      select: WATER,
    }),
  }),
  template({
    name: 'water-past-years',
    title: { en: 'Twice the water of other years', fr: 'Deux fois l’eau des autres années' },
    description: {
      en: 'The period took more than so many times the mean of the same period of the years before (Warsmann, CGCT L2224-12-4). Two of the years must be known.',
      fr: 'La période dépasse tant de fois la moyenne de la même période des années précédentes (loi Warsmann, CGCT L2224-12-4). Deux de ces années doivent être connues.',
    },
    parameters: {
      over: period('30d', { en: 'The period', fr: 'La période' }),
      years: count(3, { en: 'Years before', fr: 'Années précédentes' }, 1, 5),
      ratio: number(2, null, { en: 'Times the mean', fr: 'Fois la moyenne' }, { min: 1 }),
      at_least_m3: number(5, 'm3', {
        en: 'More than the mean by so much, or it never counts',
        fr: 'Écart minimal à la moyenne pour compter',
      }),
    },
    rule: ({ over, years, ratio, at_least_m3 }) => ({
      kind: 'past',
      quantity: 'water_volume',
      function: 'increase',
      over,
      against: { every: 'year', back: years },
      as: 'ratio',
      above: ratio,
      clearBelow: ratio * 0.9,
      atLeast: at_least_m3,
      // Of years ago one reading a day is kept.
      hold: '3d',
      reopenWithin: '7d',
      select: WATER,
    }),
  }),
  template({
    name: 'water-leak-flag',
    title: { en: 'The meter tells of a leak', fr: 'Le compteur signale une fuite' },
    description: {
      en: 'The meter’s own leak alarm. Clears when the meter takes it back.',
      fr: 'L’alarme de fuite du compteur. Se ferme quand le compteur la retire.',
    },
    parameters: { channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'leak',
      channel: values.channel,
      above: 0.5,
      reopenWithin: SAME_DAY,
      select: WATER,
    }),
  }),
  template({
    name: 'burst',
    title: { en: 'A pipe may have burst', fr: 'Rupture de conduite possible' },
    description: {
      en: 'In every hour of the window so much ran through. Set the flow over what the place draws when it is busy.',
      fr: 'À chaque heure de la fenêtre, un tel débit est passé. Réglez le débit au-dessus de l’usage normal du lieu.',
    },
    parameters: {
      flow_L_per_h: number(500, 'L/h', { en: 'Flow in every hour', fr: 'Débit à chaque heure' }),
      over: period('2h', { en: 'For so long', fr: 'Pendant' }),
    },
    rule: ({ flow_L_per_h, over }) => ({
      kind: 'continuous_flow',
      quantity: 'water_volume',
      over,
      hold: HOURLY,
      above: flow_L_per_h * M3_PER_L,
      clearBelow: flow_L_per_h * M3_PER_L * 0.5,
      severity: 'critical',
      reopenWithin: '6h',
      select: WATER,
    }),
  }),
  template({
    name: 'burst-flag',
    title: { en: 'The meter tells of a burst', fr: 'Le compteur signale une rupture' },
    description: {
      en: 'The meter’s own burst alarm. Clears when the meter takes it back.',
      fr: 'L’alarme de rupture du compteur. Se ferme quand le compteur la retire.',
    },
    parameters: { channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'burst',
      channel: values.channel,
      above: 0.5,
      severity: 'critical',
      reopenWithin: '6h',
      select: WATER,
    }),
  }),
  template({
    name: 'backflow',
    title: { en: 'Water runs back into the net', fr: 'L’eau retourne au réseau' },
    description: {
      en: 'The meter’s own backflow alarm. Clears when the meter takes it back.',
      fr: 'L’alarme de retour d’eau du compteur. Se ferme quand le compteur la retire.',
    },
    parameters: { channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'backflow',
      channel: values.channel,
      above: 0.5,
      severity: 'critical',
      reopenWithin: SAME_DAY,
      select: WATER,
    }),
  }),
  template({
    name: 'freeze',
    title: { en: 'The meter may freeze', fr: 'Le compteur risque de geler' },
    description: {
      en: 'The temperature lies under the bound, in two reports. Clears two degrees above it.',
      fr: 'La température est sous le seuil, à deux relevés. Se ferme deux degrés au-dessus.',
    },
    parameters: {
      below_Cel: number(3, 'Cel', { en: 'Raised below', fr: 'Alerte en dessous de' }, { min: -20, max: 15 }),
    },
    rule: ({ below_Cel }) => ({
      kind: 'value',
      quantity: 'temperature',
      below: below_Cel,
      clearAbove: below_Cel + 2,
      worse: { beyond: Math.min(0, below_Cel - 1), severity: 'critical' },
      samples: 2,
      reopenWithin: '12h',
      select: WATER,
    }),
  }),
  template({
    name: 'freeze-flag',
    title: { en: 'The meter tells of frost', fr: 'Le compteur signale un risque de gel' },
    description: {
      en: 'The meter’s own alarm of a low temperature. Clears when the meter takes it back.',
      fr: 'L’alarme de basse température du compteur. Se ferme quand le compteur la retire.',
    },
    parameters: { channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'low_temperature',
      channel: values.channel,
      above: 0.5,
      reopenWithin: '12h',
      select: WATER,
    }),
  }),
];
