/** What a site's report says to people. */
export const REPORT_TEXTS = {
  en: {
    nothing: 'No metering point is at this site. veilleur point add --site puts one there.',
    span: (from: string, to: string) => `from ${from} until ${to}`,
    ofWhatIsKnown: 'of what is known',
    unknown: 'not known',
    estimated: (share: string) => `${share} of it estimated`,
    inAll: 'In all',
    published: (who: string, energy: string, hours: string, all: string) =>
      `${who} itself published ${energy} kWh PCS, of ${hours} of ${all} days`,
    since: 'since',
    fixed: 'fixed',
    classes: {
      base: 'base',
      peak: 'peak',
      off_peak: 'off-peak',
      blue_peak: 'blue, peak',
      blue_off_peak: 'blue, off-peak',
      white_peak: 'white, peak',
      white_off_peak: 'white, off-peak',
      red_peak: 'red, peak',
      red_off_peak: 'red, off-peak',
    },
    factor: (grams: string, per: string, source: string) => `${grams} gCO2e/${per}: ${source}`,
    against: (months: number, change: string) =>
      `${change} against the same ${months === 1 ? 'month' : `${months} months`} a year before`,
    weather: (method: string, change: string, now: string, before: string, station: string) =>
      `${change} beyond the weather (${method}: ${now} degree days, ${before} the year before; ${station})`,
    noWeather: (method: string, station: string) =>
      `the weather cannot be taken out (${method}): days of ${station} are missing, or there was no heating`,
    noStation: 'the weather cannot be taken out: no station is told for this site (veilleur reference load)',
    noComparison: 'no month is known in both years: nothing to compare',
    similar: (used: string, per: string, quarter: number, others: number, median: string) =>
      `${used} a ${per}: quarter ${quarter} of 4 among ${others} similar sites (median ${median})`,
    noSimilar: {
      no_size:
        'not compared with similar sites: area_m2 or persons is not told (veilleur site add --attribute)',
      not_known_wholly: 'not compared with similar sites: not all of the time is known',
      too_few_similar: 'not compared with similar sites: too few of them are known wholly',
    },
    per: { m2: 'm²', person: 'person' },
    profile: (base: string, night: string, days: number) =>
      `base load ${base}, ${night} of the use between 02:00 and 05:00 (${days} whole days)`,
    noProfile: 'no base load: no meter tells hours, or no whole day of them is known',
    unknownAt: (points: string, days: string, reasons: string) =>
      `${points}: not known of ${days} ${days === '1' ? 'day' : 'days'} (${reasons})`,
    more: (count: number) => `${count} more`,
    reasons: {
      missing: 'readings are missing',
      not_told: 'no reading tells of it',
      no_coefficient: 'no coefficient tells what a m³ of gas held',
      no_tariff: 'no tariff is told',
      no_colour: 'the Tempo colour is not told',
      no_factor: 'no emission factor is told',
    },
    legend: '█ this year  ░ a year before  ~ more than 1% estimated  ? not known as a whole',
  },
  fr: {
    nothing: 'Aucun point de comptage sur ce site. veilleur point add --site en place un.',
    span: (from: string, to: string) => `du ${from} au ${to}`,
    ofWhatIsKnown: 'pour ce qui est connu',
    unknown: 'inconnu',
    estimated: (share: string) => `dont ${share} estimés`,
    inAll: 'En tout',
    published: (who: string, energy: string, hours: string, all: string) =>
      `${who} a publié lui-même ${energy} kWh PCS, pour ${hours} jours sur ${all}`,
    since: 'depuis le',
    fixed: 'fixe',
    classes: {
      base: 'base',
      peak: 'heures pleines',
      off_peak: 'heures creuses',
      blue_peak: 'bleu, heures pleines',
      blue_off_peak: 'bleu, heures creuses',
      white_peak: 'blanc, heures pleines',
      white_off_peak: 'blanc, heures creuses',
      red_peak: 'rouge, heures pleines',
      red_off_peak: 'rouge, heures creuses',
    },
    factor: (grams: string, per: string, source: string) => `${grams} gCO2e/${per} : ${source}`,
    against: (months: number, change: string) =>
      `${change} par rapport ${months === 1 ? 'au même mois' : `aux mêmes ${months} mois`} de l’année d’avant`,
    weather: (method: string, change: string, now: string, before: string, station: string) =>
      `${change} hors effet du climat (${method} : ${now} DJU, ${before} l’année d’avant ; ${station})`,
    noWeather: (method: string, station: string) =>
      `l’effet du climat ne peut être retiré (${method}) : des jours de ${station} manquent, ou rien n’a été chauffé`,
    noStation:
      'l’effet du climat ne peut être retiré : aucune station n’est dite pour ce site (veilleur reference load)',
    noComparison: 'aucun mois n’est connu les deux années : rien à comparer',
    similar: (used: string, per: string, quarter: number, others: number, median: string) =>
      `${used} par ${per} : quart ${quarter} sur 4 parmi ${others} sites semblables (médiane ${median})`,
    noSimilar: {
      no_size:
        'pas de comparaison aux sites semblables : area_m2 ou persons n’est pas dit (veilleur site add --attribute)',
      not_known_wholly: 'pas de comparaison aux sites semblables : toute la période n’est pas connue',
      too_few_similar: 'pas de comparaison aux sites semblables : trop peu sont connus en entier',
    },
    per: { m2: 'm²', person: 'personne' },
    profile: (base: string, night: string, days: number) =>
      `talon ${base}, ${night} de la consommation entre 2 h et 5 h (${days} jours entiers)`,
    noProfile: 'pas de talon : aucun compteur ne dit les heures, ou aucun jour entier n’en est connu',
    unknownAt: (points: string, days: string, reasons: string) =>
      `${points} : inconnu pour ${days} ${days === '1' ? 'jour' : 'jours'} (${reasons})`,
    more: (count: number) => `${count} autres`,
    reasons: {
      missing: 'des relevés manquent',
      not_told: 'aucun relevé ne le dit',
      no_coefficient: 'aucun coefficient ne dit ce que contenait un m³ de gaz',
      no_tariff: 'aucun tarif n’est dit',
      no_colour: 'la couleur Tempo n’est pas dite',
      no_factor: 'aucun facteur d’émission n’est dit',
    },
    legend: '█ cette année  ░ l’année d’avant  ~ plus de 1 % estimés  ? pas connu en entier',
  },
} as const;
