/** Of what rules in words are made, in both languages. */
export const RULE_TEXTS = {
  en: {
    severity: { info: 'info', warning: 'warning', critical: 'critical' },
    disabled: 'not enabled',
    above: (bound: string) => `above ${bound}`,
    below: (bound: string) => `below ${bound}`,
    clearsAt: (bound: string, side: 'above' | 'below') =>
      `clears at ${bound} or ${side === 'above' ? 'less' : 'more'}`,
    worse: (bound: string, severity: string) => `${severity} beyond ${bound}`,
    for: (time: string) => `has to hold for ${time}`,
    clearFor: (time: string) => `clears when the contrary held for ${time}`,
    hold: (time: string) => `a value speaks for ${time}`,
    reopen: (time: string) => `again within ${time} is the same alert`,
    rate: (what: string, bound: string) => `the change of ${what} between two readings is ${bound}`,
    flag: (what: string) => `the device tells: ${what}`,
    value: (what: string, bound: string) => `${what} is ${bound}`,
    window: (name: string, what: string, over: string, bound: string) =>
      `${name} of ${what} over ${over} is ${bound}`,
    functions: {
      mean: 'mean',
      min: 'minimum',
      max: 'maximum',
      sum: 'sum',
      increase: 'increase',
      count: 'number of values',
      spread: 'spread',
      quantile: 'quantile',
    },
    minSamples: (count: number) => `${count} values at least`,
    flow: (what: string, over: string, bound: string) =>
      `${what} never stands still for ${over}: the least flow between two readings is ${bound}`,
    night: (what: string, from: string, to: string, nights: number, bound: string) =>
      `least flow of ${what} from ${from} to ${to} is ${bound}${nights === 1 ? '' : `, ${nights} nights in a row`}`,
    past: (name: string, what: string, over: string, back: string, as: string, bound: string) =>
      `${name} of ${what} over ${over}, ${as} the same of ${back} before, is ${bound}`,
    as: { ratio: 'as a multiple of', difference: 'less', sigma: 'in standard deviations from' },
    periods: {
      day: (count: number) => (count === 1 ? 'the day' : `the ${count} days`),
      week: (count: number) => (count === 1 ? 'the week' : `the ${count} weeks`),
      year: (count: number) => (count === 1 ? 'the year' : `the ${count} years`),
    },
    atLeast: (bound: string) => `differences under ${bound} do not count`,
    silent: (what: string | null, time: string) =>
      `${what === null ? 'nothing is heard' : `no ${what} comes`} for ${time}`,
    silentIntervals: (what: string | null, times: string, time: string) =>
      `${what === null ? 'nothing is heard' : `no ${what} comes`} for ${times} times the usual interval, ${time} at least`,
    events: (event: string, over: string, bound: string) =>
      `number of ${event} events in ${over} is ${bound}`,
    expression: (expression: string) => `true: ${expression}`,
    many: (count: number, by: string, of: string, within: string) =>
      `${count} devices of one ${by} or more have an alert of ${of}, begun within ${within}`,
    share: (share: string) => `and ${share} of the group`,
    samples: (count: number) => `${count} times in a row`,
    given: (expression: string) => `only while ${expression}`,
    everyDevice: 'every device',
    except: (which: string) => `but not ${which}`,
    months: (names: string) => `in ${names}`,
    select: { devices: 'devices', profiles: 'profiles', media: 'media', sites: 'sites' },
    when: 'counts only',
    colon: ':',
    stop: ';',
    days: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
    between: (from: string, to: string) => `from ${from} to ${to}`,
    holidays: { only: 'on public holidays', never: 'not on public holidays' },
    sunAbove: (degrees: string) => `with the sun over ${degrees}°`,
    sunBelow: (degrees: string) => `with the sun under ${degrees}°`,
    inhibitedBy: (names: string) => `not told while the device has an alert of ${names}`,
    groupBy: (tag: string) => `told together for one ${tag}`,
  },
  fr: {
    severity: { info: 'info', warning: 'avertissement', critical: 'critique' },
    disabled: 'désactivée',
    above: (bound: string) => `au-dessus de ${bound}`,
    below: (bound: string) => `au-dessous de ${bound}`,
    clearsAt: (bound: string, side: 'above' | 'below') =>
      `se termine à ${bound} ou ${side === 'above' ? 'moins' : 'plus'}`,
    worse: (bound: string, severity: string) => `${severity} au-delà de ${bound}`,
    for: (time: string) => `doit durer ${time}`,
    clearFor: (time: string) => `se termine quand le contraire a duré ${time}`,
    hold: (time: string) => `une valeur vaut pendant ${time}`,
    reopen: (time: string) => `à nouveau en moins de ${time}, c’est la même alerte`,
    rate: (what: string, bound: string) => `la variation (${what}) entre deux relevés est ${bound}`,
    flag: (what: string) => `l’appareil signale : ${what}`,
    value: (what: string, bound: string) => `${what} est ${bound}`,
    window: (name: string, what: string, over: string, bound: string) =>
      `${name} (${what}) sur ${over} est ${bound}`,
    functions: {
      mean: 'moyenne',
      min: 'minimum',
      max: 'maximum',
      sum: 'somme',
      increase: 'hausse',
      count: 'nombre de valeurs',
      spread: 'étendue',
      quantile: 'quantile',
    },
    minSamples: (count: number) => `${count} valeurs au moins`,
    flow: (what: string, over: string, bound: string) =>
      `${what} ne s’arrête jamais pendant ${over} : le plus faible débit entre deux relevés est ${bound}`,
    night: (what: string, from: string, to: string, nights: number, bound: string) =>
      `le plus faible débit (${what}) de ${from} à ${to} est ${bound}${nights === 1 ? '' : `, ${nights} nuits de suite`}`,
    past: (name: string, what: string, over: string, back: string, as: string, bound: string) =>
      `${name} (${what}) sur ${over}, ${as} ${back} d’avant, est ${bound}`,
    as: { ratio: 'rapportée à celle de', difference: 'moins celle de', sigma: 'en écarts types de celle de' },
    periods: {
      day: (count: number) => (count === 1 ? 'la veille' : `${count} jours`),
      week: (count: number) => (count === 1 ? 'la semaine' : `${count} semaines`),
      year: (count: number) => (count === 1 ? 'l’année' : `${count} années`),
    },
    atLeast: (bound: string) => `un écart sous ${bound} ne compte pas`,
    silent: (what: string | null, time: string) =>
      `${what === null ? 'rien n’est entendu' : `${what} ne vient plus`} pendant ${time}`,
    silentIntervals: (what: string | null, times: string, time: string) =>
      `${what === null ? 'rien n’est entendu' : `${what} ne vient plus`} pendant ${times} fois l’intervalle habituel, ${time} au moins`,
    events: (event: string, over: string, bound: string) =>
      `le nombre d’événements ${event} en ${over} est ${bound}`,
    expression: (expression: string) => `vrai : ${expression}`,
    many: (count: number, by: string, of: string, within: string) =>
      `${count} appareils ou plus d’un même ${by} ont une alerte ${of}, commencée en moins de ${within}`,
    share: (share: string) => `et ${share} du groupe`,
    samples: (count: number) => `${count} fois de suite`,
    given: (expression: string) => `seulement tant que ${expression}`,
    everyDevice: 'tous les appareils',
    except: (which: string) => `sauf ${which}`,
    months: (names: string) => `en ${names}`,
    select: { devices: 'appareils', profiles: 'profils', media: 'fluides', sites: 'sites' },
    when: 'ne compte que :',
    colon: ' :',
    stop: ' ;',
    days: { mon: 'lun.', tue: 'mar.', wed: 'mer.', thu: 'jeu.', fri: 'ven.', sat: 'sam.', sun: 'dim.' },
    between: (from: string, to: string) => `de ${from} à ${to}`,
    holidays: { only: 'les jours fériés', never: 'hors jours fériés' },
    sunAbove: (degrees: string) => `avec le soleil au-dessus de ${degrees}°`,
    sunBelow: (degrees: string) => `avec le soleil au-dessous de ${degrees}°`,
    inhibitedBy: (names: string) => `n’est pas annoncée tant que l’appareil a une alerte ${names}`,
    groupBy: (tag: string) => `annoncée ensemble par ${tag}`,
  },
} as const;
