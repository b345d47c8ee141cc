// Shows /api/overview as tables, one a medium, and again every three seconds. What was heard since the
// last look is marked.

/** @typedef {{ kind: string, unit: string, label: { en: string, fr: string } }} Quantity */
/** @typedef {{ quantity: string, channel: number, value: number, time: string }} Value */
/** @typedef {{ devEui: string, name: string | null, profile: string | null, medium: string | null, lastFrameAt: string, values: Value[] }} Device */
/** @typedef {{ now: string, quantities: Record<string, Quantity>, devices: Device[] }} Overview */

const REFRESH_MS = 3000;
/** The columns of a medium: what a person looks for first. Others are a click away. */
/** @type {Record<string, string[]>} */
const COLUMNS = {
  water: ['water_volume'],
  gas: ['gas_volume', 'pulse_count'],
  pulses: ['pulse_count'],
  electricity: ['active_energy_import', 'apparent_power', 'active_power'],
  lighting: ['light_level', 'active_power', 'active_energy_import', 'operating_hours'],
  environment: ['temperature', 'relative_humidity', 'carbon_dioxide'],
  heat: ['heat_energy', 'flow_rate', 'thermal_power'],
  waste: ['fill_level', 'distance'],
};

const TEXTS = {
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
    summary: (/** @type {number} */ devices, /** @type {number} */ minute) =>
      `${devices} devices heard in the last day, ${minute} in the last minute`,
    ago: (/** @type {number} */ s) =>
      s < 90 ? `${s} s ago` : s < 5400 ? `${Math.round(s / 60)} min ago` : `${Math.round(s / 3600)} h ago`,
    waiting: 'Nothing heard yet. The first frames appear here as they come.',
    away: 'Veilleur does not answer; this page tries again.',
    footer: 'Every number in full: ',
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
    summary: (/** @type {number} */ devices, /** @type {number} */ minute) =>
      `${devices} appareils entendus depuis un jour, ${minute} depuis une minute`,
    ago: (/** @type {number} */ s) =>
      s < 90
        ? `il y a ${s} s`
        : s < 5400
          ? `il y a ${Math.round(s / 60)} min`
          : `il y a ${Math.round(s / 3600)} h`,
    waiting: 'Rien entendu encore. Les premières trames apparaissent ici dès leur arrivée.',
    away: 'Veilleur ne répond pas ; cette page essaie à nouveau.',
    footer: 'Tous les nombres : ',
  },
};

/** @type {'en' | 'fr'} */
const language = navigator.language.toLowerCase().startsWith('fr') ? 'fr' : 'en';
const t = TEXTS[language];
/** @type {Map<string, string>} */
const lastSeen = new Map();

/**
 * @param {string} tag
 * @param {string} text
 * @param {string} [className]
 */
function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** @param {string} unit UCUM */
function printed(unit) {
  /** @type {Record<string, string>} */
  const known = { 'kW.h': 'kWh', 'V.A': 'VA', m3: 'm³', 'm3/h': 'm³/h', Cel: '°C', '[ppm]': 'ppm', 1: '' };
  return known[unit] ?? unit;
}

/** @param {Overview} overview @param {string} medium @param {Device[]} devices */
function tableOf({ quantities, now }, medium, devices) {
  const present = new Set(devices.flatMap(({ values }) => values.map(({ quantity }) => quantity)));
  const columns = (COLUMNS[medium] ?? []).filter((quantity) => present.has(quantity));
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  head.append(element('th', t.device));
  for (const column of columns) {
    const cell = element('th', quantities[column]?.label[language] ?? column, 'number');
    head.append(cell);
  }
  head.append(element('th', t.alarms), element('th', t.heard));
  const body = table.createTBody();
  for (const device of devices) {
    const row = body.insertRow();
    const known = lastSeen.get(device.devEui);
    if (known !== undefined && known !== device.lastFrameAt) row.className = 'fresh';
    lastSeen.set(device.devEui, device.lastFrameAt);
    const link = document.createElement('a');
    link.href = `/api/devices/${device.devEui}`;
    link.textContent = device.name ?? device.devEui;
    link.title = `${device.devEui} ${device.profile ?? ''}`;
    row.insertCell().append(link);
    for (const column of columns) row.append(valueCell(quantities, column, device));
    const raised = device.values.filter(
      ({ quantity, value }) =>
        quantities[quantity]?.kind === 'flag' && value === 1 && quantity !== 'digital_input',
    );
    row.append(
      element('td', raised.map(({ quantity }) => quantities[quantity]?.label[language]).join(', '), 'alarm'),
      element(
        'td',
        t.ago(Math.max(0, Math.round((Date.parse(now) - Date.parse(device.lastFrameAt)) / 1000))),
        'when',
      ),
    );
  }
  const scroll = element('div', '', 'scroll');
  scroll.append(table);
  return scroll;
}

/** @param {Record<string, Quantity>} quantities @param {string} column @param {Device} device */
function valueCell(quantities, column, device) {
  const value = device.values.find(({ quantity }) => quantity === column);
  if (value === undefined) return element('td', '', 'number');
  const cell = element('td', value.value.toLocaleString(language, { maximumFractionDigits: 3 }), 'number');
  cell.append(' ', element('span', printed(quantities[column]?.unit ?? ''), 'unit'));
  cell.title = value.time;
  return cell;
}

/** @param {Overview} overview */
function show(overview) {
  const { devices, now } = overview;
  const minute = devices.filter(
    ({ lastFrameAt }) => Date.parse(now) - Date.parse(lastFrameAt) < 60_000,
  ).length;
  say(devices.length === 0 ? t.waiting : t.summary(devices.length, minute));
  /** @type {Map<string, Device[]>} */
  const byMedium = new Map();
  for (const device of devices) {
    const medium = device.medium ?? 'none';
    byMedium.set(medium, [...(byMedium.get(medium) ?? []), device]);
  }
  const sections = [...byMedium]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([medium, ofMedium]) => {
      const section = document.createElement('section');
      const sorted = ofMedium.toSorted((a, b) =>
        (a.name ?? a.devEui).localeCompare(b.name ?? b.devEui, language, { numeric: true }),
      );
      section.append(element('h2', t.media[medium] ?? medium), tableOf(overview, medium, sorted));
      return section;
    });
  document.querySelector('#media')?.replaceChildren(...sections);
}

/** @param {string} text */
function say(text) {
  const summary = document.querySelector('#summary');
  if (summary) summary.textContent = text;
}

async function refresh() {
  try {
    const answer = await fetch('/api/overview');
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
  } catch {
    say(t.away);
  }
  setTimeout(refresh, REFRESH_MS);
}

document.documentElement.lang = language;
const footer = document.querySelector('#footer');
footer?.append(t.footer);
for (const address of ['/api/devices', '/api/openapi.json', '/metrics']) {
  const link = document.createElement('a');
  link.href = address;
  link.textContent = address;
  footer?.append(link, ' ');
}
await refresh();
