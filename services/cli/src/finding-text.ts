import type { FindingKind } from '@veilleur/metering';
import type { Language } from '@veilleur/runtime';
import type { PointStory } from '@veilleur/store';

type Finding = PointStory['findings'][number];

/** What a finding has to say; '?' where its detail does not tell. */
interface Told {
  readonly device: string;
  /** As a device shows them: pulses of a counter, m³ of a meter. */
  readonly before: string;
  readonly after: string;
  readonly value: string;
  /** Amounts of the point, with their unit, or what a device shows, where it is one device. */
  readonly kept: string;
  readonly left: string;
  readonly amount: string;
  readonly until: string;
}

const SENTENCES: Readonly<Record<Language, Readonly<Record<FindingKind, (told: Told) => string>>>> = {
  en: {
    rollover: ({ device, before, after }) =>
      `the register of ${device} passed its last digit: ${before}, then ${after}`,
    reset: ({ device, before, after }) =>
      `the register of ${device} began anew: ${before}, then ${after}; what ran through meanwhile is unknown`,
    backwards: ({ device, before, after }) => `the register of ${device} went back: ${before}, then ${after}`,
    stuck: ({ until }) => `stood still until ${until}, for longer than its past explains`,
    gap: ({ until, amount }) => `no reading until ${until}; ${amount} ran through`,
    overlap: ({ kept, left }) => `two sources differ: ${kept} is believed, ${left} is left out`,
    outlier: ({ device, value }) =>
      `${device} showed ${value}, which the readings around it contradict: left out`,
    jump: ({ device, before, after }) =>
      `the register of ${device} leapt: ${before}, then ${after}; later readings agree, so it counts`,
    duplicate: ({ device, value }) => `${value} of ${device} was told twice`,
    not_installed: ({ device, value }) => `${device} told ${value} while it did not stand here: left out`,
  },
  fr: {
    rollover: ({ device, before, after }) =>
      `le registre de ${device} a passé son dernier chiffre : ${before}, puis ${after}`,
    reset: ({ device, before, after }) =>
      `le registre de ${device} est reparti : ${before}, puis ${after} ; ce qui est passé entre-temps est inconnu`,
    backwards: ({ device, before, after }) => `le registre de ${device} a reculé : ${before}, puis ${after}`,
    stuck: ({ until }) => `immobile jusqu’à ${until}, plus longtemps que son passé ne l’explique`,
    gap: ({ until, amount }) => `aucun relevé jusqu’à ${until} ; il est passé ${amount}`,
    overlap: ({ kept, left }) => `deux sources divergent : ${kept} est retenu, ${left} écarté`,
    outlier: ({ device, value }) =>
      `${device} a indiqué ${value}, que les relevés voisins contredisent : écarté`,
    jump: ({ device, before, after }) =>
      `le registre de ${device} a fait un bond : ${before}, puis ${after} ; la suite le confirme, il compte`,
    duplicate: ({ device, value }) => `${value} de ${device} a été transmis deux fois`,
    not_installed: ({ device, value }) => `${device} a transmis ${value} sans être installé ici : écarté`,
  },
};

/** A finding in a sentence; one of a kind that this version does not know, as it is stored. */
export function describeFinding({ kind, detail }: Finding, unit: string, language: Language): string {
  const sentence = (SENTENCES[language] as Readonly<Record<string, (told: Told) => string>>)[kind];
  if (sentence === undefined) return `${kind} ${JSON.stringify(detail)}`;
  const number = (key: string) => {
    const micro = detail[key];
    if (typeof micro !== 'number') return '?';
    return (micro / 1e6).toLocaleString(language, { maximumFractionDigits: 6 });
  };
  const { device, until } = detail;
  const amount = (key: string) => `${number(key)} ${unit}`;
  const ofDeviceOrPoint = typeof device === 'string' ? number : amount;
  return sentence({
    device: typeof device === 'string' ? device : '?',
    before: number('before'),
    after: number('after'),
    value: number('value'),
    kept: ofDeviceOrPoint('kept'),
    left: ofDeviceOrPoint('left'),
    amount: amount('amount'),
    until: typeof until === 'number' ? new Date(until).toISOString() : '?',
  });
}
