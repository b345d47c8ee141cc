import { QUANTITIES } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import type { DeviceSummary, FirstFrameFacts, LatestMeasurement } from '@veilleur/store';

export interface Check {
  readonly check: 'join' | 'radio' | 'decoding' | 'index' | 'next_report' | 'battery';
  readonly verdict: 'good' | 'attention' | 'bad' | 'waiting';
  readonly sentence: string;
}

export interface Verdict {
  readonly verdict: 'good' | 'attention' | 'bad' | 'waiting';
  readonly checks: readonly Check[];
}

export interface DeviceFacts extends FirstFrameFacts {
  readonly device: DeviceSummary | null;
  readonly latest: readonly LatestMeasurement[];
  readonly profile: { readonly id: string; readonly reportInterval?: string | undefined } | undefined;
}

/** The lowest SNR at which LoRa still demodulates, dB, by EU868 data rate 0 (SF12) to 5 (SF7). SX1276 data sheet, table 13. */
const SNR_FLOOR_dB = [-20, -17.5, -15, -12.5, -10, -7.5] as const;
/** Fading eats 5 dB on a rainy day, and a closed pit lid 10. */
const GOOD_MARGIN_dB = 10;
const POOR_MARGIN_dB = 5;
const LOW_BATTERY_PERCENT = 20;

/**
 * What the first frames of a device say, one plain sentence each, ending in good or in what to do. Pure:
 * `now` is the caller's.
 */
export function judge(facts: DeviceFacts, now: Date, language: Language): Verdict {
  const checks = [
    join(facts, language),
    radio(facts, language),
    decoding(facts, language),
    index(facts, language),
    nextReport(facts, now, language),
    battery(facts, language),
  ].filter((check) => check !== undefined);
  const worst = (['bad', 'waiting', 'attention'] as const).find((verdict) =>
    checks.some((check) => check.verdict === verdict),
  );
  return { verdict: worst ?? 'good', checks };
}

function join({ joinedAt, frame }: DeviceFacts, language: Language): Check {
  if (joinedAt !== null) {
    return say('join', 'good', language, {
      en: `It joined at ${joinedAt.toISOString()}: good.`,
      fr: `Il a rejoint le réseau à ${joinedAt.toISOString()} : bien.`,
    });
  }
  if (frame !== null) {
    return say('join', 'good', language, {
      en: 'No join was seen, but frames come: it joined before, or is personalised (ABP).',
      fr: 'Aucune jonction vue, mais des trames arrivent : il avait déjà rejoint, ou il est personnalisé (ABP).',
    });
  }
  return say('join', 'waiting', language, {
    en: 'It has not joined yet: wake it up, and check its keys and the gateway coverage in the network server.',
    fr: 'Il n’a pas encore rejoint le réseau : réveillez-le, vérifiez ses clés et la couverture dans le serveur réseau.',
  });
}

function radio({ frame }: DeviceFacts, language: Language): Check | undefined {
  if (frame === null) return undefined;
  const gateways = new Set(frame.receptions.map(({ gatewayId }) => gatewayId)).size;
  const snrs = frame.receptions.flatMap(({ snr }) => (snr === undefined ? [] : [snr]));
  const floor = frame.dataRate === null ? undefined : SNR_FLOOR_dB[frame.dataRate];
  if (floor === undefined || snrs.length === 0) {
    return say('radio', gateways > 0 ? 'good' : 'attention', language, {
      en: `${gateways} gateways heard it; the margin is not known.`,
      fr: `${gateways} passerelles l’ont entendu ; la marge n’est pas connue.`,
    });
  }
  const margin = Math.round((Math.max(...snrs) - floor) * 10) / 10;
  const heard = {
    en: `${gateways} gateway${gateways === 1 ? '' : 's'} heard it, the best with ${margin} dB of margin`,
    fr: `${gateways} passerelle${gateways === 1 ? '' : 's'} l’${gateways === 1 ? 'a' : 'ont'} entendu, la meilleure avec ${margin} dB de marge`,
  };
  if (margin >= GOOD_MARGIN_dB)
    return say('radio', 'good', language, { en: `${heard.en}: good.`, fr: `${heard.fr} : bien.` });
  if (margin >= POOR_MARGIN_dB) {
    return say('radio', 'attention', language, {
      en: `${heard.en}: it works, but rain or a closed lid may cost frames. A better antenna place helps.`,
      fr: `${heard.fr} : cela passe, mais la pluie ou un couvercle fermé peut coûter des trames. Mieux placer l’antenne.`,
    });
  }
  return say('radio', 'attention', language, {
    en: `${heard.en}: too little to rely on. Move the antenna, or bring a gateway nearer.`,
    fr: `${heard.fr} : trop peu pour s’y fier. Déplacer l’antenne, ou rapprocher une passerelle.`,
  });
}

function decoding({ frame, device, profile }: DeviceFacts, language: Language): Check | undefined {
  if (frame === null) return undefined;
  switch (frame.decoding) {
    case 'decoded':
      return say('decoding', 'good', language, {
        en: `Its frames decode with ${device?.profile ?? profile?.id}: good.`,
        fr: `Ses trames se décodent avec ${device?.profile ?? profile?.id} : bien.`,
      });
    case 'no_profile':
      return say('decoding', 'bad', language, {
        en: `No profile decodes it. Name one: veilleur device assign ${device?.devEui} <profile>, or the tag veilleur-profile in the network server.`,
        fr: `Aucun profil ne le décode. En nommer un : veilleur device assign ${device?.devEui} <profil>, ou l’étiquette veilleur-profile dans le serveur réseau.`,
      });
    case 'encrypted':
      return say('decoding', 'bad', language, {
        en: 'The network server delivers its frames encrypted: give it the application session key.',
        fr: 'Le serveur réseau livre ses trames chiffrées : lui donner la clé de session applicative.',
      });
    case 'no_payload':
      return say('decoding', 'waiting', language, {
        en: 'Its newest frame is empty: wait for one with data.',
        fr: 'Sa dernière trame est vide : attendre une trame avec des données.',
      });
    default:
      return say('decoding', 'bad', language, {
        en: `${device?.profile} cannot decode its newest frame (${frame.decodingReason}): is it the right profile and firmware?`,
        fr: `${device?.profile} ne décode pas sa dernière trame (${frame.decodingReason}) : est-ce le bon profil, le bon micrologiciel ?`,
      });
  }
}

function index({ latest }: DeviceFacts, language: Language): Check | undefined {
  const register = latest.find(({ quantity }) => QUANTITIES[quantity].kind === 'index');
  if (register === undefined) return undefined;
  const unit = register.unit === '1' ? '' : ` ${register.unit}`;
  const { label } = QUANTITIES[register.quantity];
  const plausible = register.value >= 0 && register.value < 1e9;
  return plausible
    ? say('index', 'good', language, {
        en: `${label.en} reads ${register.value}${unit}: compare it with the meter's face.`,
        fr: `${label.fr} : ${register.value}${unit}, à comparer avec le cadran.`,
      })
    : say('index', 'bad', language, {
        en: `${label.en} reads ${register.value}${unit}, which no meter shows: check profile and wiring.`,
        fr: `${label.fr} : ${register.value}${unit}, ce qu’aucun compteur n’affiche ; vérifier profil et câblage.`,
      });
}

function nextReport({ frame, profile }: DeviceFacts, now: Date, language: Language): Check | undefined {
  if (frame === null || profile?.reportInterval === undefined) return undefined;
  const intervalMs = Temporal.Duration.from(profile.reportInterval).total({
    unit: 'milliseconds',
    relativeTo: '2026-01-01',
  });
  const due = new Date(frame.receivedAt.getTime() + intervalMs);
  // One frame in twenty is lost on a good day: it is late when two are missing.
  const late = now.getTime() > frame.receivedAt.getTime() + 2.2 * intervalMs;
  return late
    ? say('next_report', 'bad', language, {
        en: `It was due at ${due.toISOString()} and is late: is it still powered and in range?`,
        fr: `Il était attendu à ${due.toISOString()} et tarde : est-il alimenté et à portée ?`,
      })
    : say('next_report', 'good', language, {
        en: `The next report is expected by ${due.toISOString()}.`,
        fr: `Le prochain relevé est attendu vers ${due.toISOString()}.`,
      });
}

function battery({ latest }: DeviceFacts, language: Language): Check | undefined {
  const level = latest.find(({ quantity }) => quantity === 'battery_level');
  const flag = latest.find(({ quantity }) => quantity === 'low_battery');
  if (flag?.value === 1 || (level !== undefined && level.value < LOW_BATTERY_PERCENT)) {
    return say('battery', 'attention', language, {
      en: `Its battery is low${level === undefined ? '' : ` (${level.value} %)`}: plan to change it.`,
      fr: `Sa pile est faible${level === undefined ? '' : ` (${level.value} %)`} : prévoir son remplacement.`,
    });
  }
  if (level === undefined && flag === undefined) return undefined;
  return say('battery', 'good', language, {
    en: `Its battery is good${level === undefined ? '' : ` (${level.value} %)`}.`,
    fr: `Sa pile est bonne${level === undefined ? '' : ` (${level.value} %)`}.`,
  });
}

function say(
  check: Check['check'],
  verdict: Check['verdict'],
  language: Language,
  sentences: Readonly<Record<Language, string>>,
): Check {
  return { check, verdict, sentence: sentences[language] };
}
