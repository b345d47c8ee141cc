// What the page says, by language. Numbers are counts of devices or alerts.

export const TEXTS = {
  en: {
    device: 'device',
    heard: 'heard',
    alarms: 'alarms',
    /** @type {Record<string, string>} */
    media: {
      water: 'Water',
      gas: 'Gas',
      pulses: 'Pulse counters (gas)',
      electricity: 'Electricity',
      lighting: 'Street lighting',
      environment: 'Buildings and environment',
      heat: 'Heat',
      waste: 'Waste',
      none: 'Without a profile',
    },
    summary: (/** @type {number} */ heard, /** @type {number} */ minute, /** @type {number} */ shown) =>
      `${heard} devices heard in the last day, ${minute} in the last minute${shown < heard ? `; ${shown} of ${heard} shown` : ''}`,
    ago: (/** @type {number} */ s) =>
      s < 90
        ? `${s} s ago`
        : s < 5400
          ? `${Math.round(s / 60)} min ago`
          : s < 172_800
            ? `${Math.round(s / 3600)} h ago`
            : `${Math.round(s / 86_400)} d ago`,
    waiting: 'Nothing heard yet. The first frames appear here as they come.',
    away: 'Veilleur does not answer; this page tries again.',
    alerts: (/** @type {number} */ open) => (open === 1 ? '1 open alert' : `${open} open alerts`),
    newest: (/** @type {number} */ shown) => `the newest ${shown}`,
    /** @type {Record<string, string>} */
    severity: { info: 'info', warning: 'warning', critical: 'critical' },
    alertColumns: ['alert', 'severity', 'device', 'value', 'since'],
    /** @type {Record<string, string>} */
    filters: { severity: 'severity', rule: 'rule', site: 'site', subject: 'device' },
    anySeverity: 'any',
    fits: (/** @type {number} */ shown, /** @type {boolean} */ isAll) =>
      shown === 0 ? 'none fits' : isAll ? `${shown} fit` : `the newest ${shown} that fit`,
    footer: 'Every number in full: ',
    key: 'Key',
    keyUse: 'use it',
    keyWanted: 'Veilleur wants a key here; `veilleur key add` makes one.',
  },
  fr: {
    device: 'appareil',
    heard: 'entendu',
    alarms: 'alarmes',
    /** @type {Record<string, string>} */
    media: {
      water: 'Eau',
      gas: 'Gaz',
      pulses: 'Compteurs d’impulsions (gaz)',
      electricity: 'Électricité',
      lighting: 'Éclairage public',
      environment: 'Bâtiments et environnement',
      heat: 'Chaleur',
      waste: 'Déchets',
      none: 'Sans profil',
    },
    summary: (/** @type {number} */ heard, /** @type {number} */ minute, /** @type {number} */ shown) =>
      `${heard} appareils entendus depuis un jour, ${minute} depuis une minute${shown < heard ? ` ; ${shown} sur ${heard} affichés` : ''}`,
    ago: (/** @type {number} */ s) =>
      s < 90
        ? `il y a ${s} s`
        : s < 5400
          ? `il y a ${Math.round(s / 60)} min`
          : s < 172_800
            ? `il y a ${Math.round(s / 3600)} h`
            : `il y a ${Math.round(s / 86_400)} j`,
    waiting: 'Rien entendu encore. Les premières trames apparaissent ici dès leur arrivée.',
    away: 'Veilleur ne répond pas ; cette page essaie à nouveau.',
    alerts: (/** @type {number} */ open) => (open === 1 ? '1 alerte ouverte' : `${open} alertes ouvertes`),
    newest: (/** @type {number} */ shown) => `les ${shown} plus récentes`,
    /** @type {Record<string, string>} */
    severity: { info: 'info', warning: 'avertissement', critical: 'critique' },
    alertColumns: ['alerte', 'gravité', 'appareil', 'valeur', 'depuis'],
    /** @type {Record<string, string>} */
    filters: { severity: 'gravité', rule: 'règle', site: 'site', subject: 'appareil' },
    anySeverity: 'toutes',
    fits: (/** @type {number} */ shown, /** @type {boolean} */ isAll) =>
      shown === 0
        ? 'aucune ne correspond'
        : isAll
          ? `${shown} correspondent`
          : `les ${shown} plus récentes qui correspondent`,
    footer: 'Tous les nombres : ',
    key: 'Clé',
    keyUse: 'l’utiliser',
    keyWanted: 'Veilleur demande ici une clé ; `veilleur key add` en crée une.',
  },
};
