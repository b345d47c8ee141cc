import { channel, choice, months, number, period, quantityNamed, word } from './parameter.ts';
import { cel, template } from './template.ts';

const NOMINAL_V = 230;

export const ENERGY_TEMPLATES = [
  template({
    name: 'gas-leak',
    title: { en: 'Gas runs without a pause', fr: 'Le gaz coule sans interruption' },
    description: {
      en: 'Out of the heating season the meter never stood still for an hour of the window. Clears with the first still hour. Needs hourly readings.',
      fr: 'Hors saison de chauffe, le compteur ne s’est jamais arrêté une heure de la fenêtre. Se ferme à la première heure sans débit. Exige des index horaires.',
    },
    parameters: {
      quantity: quantityNamed('pulse_count', { en: 'The index', fr: 'L’index' }),
      channel: channel(1),
      over: period('24h', { en: 'Without a still hour for so long', fr: 'Sans heure d’arrêt pendant' }),
      least_per_h: number(0, '/h', {
        en: 'What an hour that counts as still takes at most, in the unit of the index',
        fr: 'Ce que prend au plus une heure d’arrêt, dans l’unité de l’index',
      }),
      months: months([6, 7, 8], {
        en: 'Months in which nobody heats',
        fr: 'Mois pendant lesquels personne ne chauffe',
      }),
    },
    rule: (values) => ({
      kind: 'continuous_flow',
      quantity: values.quantity,
      channel: values.channel,
      over: values.over,
      hold: '150min',
      above: values.least_per_h,
      when: { months: values.months },
      severity: 'critical',
      reopenWithin: '1d',
      select: { media: ['gas', 'pulses'] },
    }),
  }),
  template({
    name: 'over-subscribed-power',
    title: { en: 'More than the subscribed power', fr: 'Puissance souscrite dépassée' },
    description: {
      en: 'The apparent power lies over what the contract allows, as the meter itself tells it: its subscribed current (historic TIC) or its reference power (standard TIC). Clears after two hours below.',
      fr: 'La puissance apparente dépasse le contrat que le compteur annonce lui-même : intensité souscrite (TIC historique) ou puissance de référence (TIC standard). Se ferme après deux heures en dessous.',
    },
    parameters: {
      contract: choice(['current', 'power'], 'current', {
        en: 'Where the contract stands: subscribed current (ISOUSC) or power (PREF)',
        fr: 'Où figure le contrat : intensité (ISOUSC) ou puissance (PREF) souscrite',
      }),
      phases: choice(['1', '3'], '1', { en: 'Phases of the supply', fr: 'Phases du branchement' }),
      margin_percent: number(0, '%', { en: 'More than it by', fr: 'Dépassement d’au moins' }),
    },
    rule: ({ contract, phases, margin_percent }) => {
      const factor = 1 + margin_percent / 100;
      const limit =
        contract === 'power'
          ? `subscribed_power * ${cel(factor)}`
          : `subscribed_current * ${cel(NOMINAL_V * Number(phases) * factor)}`;
      return {
        kind: 'expression',
        expression: `apparent_power > ${limit}`,
        clearFor: '2h',
        reopenWithin: '1d',
        select: { media: ['electricity'] },
      };
    },
  }),
  template({
    name: 'sub-meters-over-subscribed-power',
    title: {
      en: 'Sub-meters over the subscribed power',
      fr: 'Sous-compteurs au-delà de la puissance souscrite',
    },
    description: {
      en: 'The apparent powers of all sub-meters of a building together lie over what its contract allows. Sub-meters have a tag `role: sub-meter`; four fifths of them must be heard. Clears after an hour below.',
      fr: 'Les puissances apparentes de tous les sous-compteurs d’un bâtiment dépassent ensemble son contrat. Les sous-compteurs portent l’étiquette `role: sub-meter` ; les quatre cinquièmes doivent être entendus. Se ferme après une heure en dessous.',
    },
    parameters: {
      subscribed_VA: number(36_000, 'V.A', { en: 'Subscribed power', fr: 'Puissance souscrite' }),
      lasting: period('15min', { en: 'For so long', fr: 'Depuis' }),
      role: word('sub-meter', { en: 'The meters’ tag `role`', fr: 'L’étiquette `role` des compteurs' }),
    },
    rule: ({ subscribed_VA, lasting, role }) => ({
      kind: 'site',
      values: {
        drawn: { quantity: 'apparent_power', aggregate: 'sum', select: { tags: { role } }, share: 0.8 },
      },
      expression: `drawn > ${cel(subscribed_VA)}`,
      for: lasting,
      clearFor: '1h',
      reopenWithin: '1d',
    }),
  }),
  template({
    name: 'phase-lost',
    title: { en: 'A phase is lost', fr: 'Une phase manque' },
    description: {
      en: 'Of three voltages one lies under the bound and one over it, in two reports. A device that tells one phase only is never meant.',
      fr: 'Des trois tensions, l’une est sous le seuil et l’une au-dessus, à deux relevés. Un appareil qui ne donne qu’une phase n’est jamais visé.',
    },
    parameters: {
      below_V: number(160, 'V', { en: 'A phase is lost below', fr: 'Une phase manque sous' }, { max: 230 }),
    },
    rule: ({ below_V }) => {
      const phases = ['voltage_1', 'voltage_2', 'voltage_3'];
      const any = (sign: string) => phases.map((one) => `${one} ${sign} ${cel(below_V)}`).join(' || ');
      return {
        kind: 'expression',
        expression: `(${any('<')}) && (${any('>=')})`,
        samples: 2,
        severity: 'critical',
        select: { media: ['electricity'] },
      };
    },
  }),
  template({
    name: 'supply-voltage-low',
    title: { en: 'Supply voltage too low', fr: 'Tension d’alimentation trop basse' },
    description: {
      en: 'Below the bound in two reports (EN 50160: 230 V less 10 %). Clears 3 V above it.',
      fr: 'Sous le seuil à deux relevés (EN 50160 : 230 V moins 10 %). Se ferme 3 V au-dessus.',
    },
    parameters: { below_V: number(207, 'V', { en: 'Below', fr: 'En dessous de' }), channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'voltage',
      channel: values.channel,
      below: values.below_V,
      clearAbove: values.below_V + 3,
      samples: 2,
      select: { media: ['electricity', 'lighting'] },
    }),
  }),
  template({
    name: 'supply-voltage-high',
    title: { en: 'Supply voltage too high', fr: 'Tension d’alimentation trop haute' },
    description: {
      en: 'Above the bound in two reports (EN 50160: 230 V and 10 %). Clears 3 V below it.',
      fr: 'Au-dessus du seuil à deux relevés (EN 50160 : 230 V plus 10 %). Se ferme 3 V en dessous.',
    },
    parameters: { above_V: number(253, 'V', { en: 'Above', fr: 'Au-dessus de' }), channel: channel(0) },
    rule: (values) => ({
      kind: 'value',
      quantity: 'voltage',
      channel: values.channel,
      above: values.above_V,
      clearBelow: values.above_V - 3,
      samples: 2,
      select: { media: ['electricity', 'lighting'] },
    }),
  }),
];
