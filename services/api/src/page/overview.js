// Shows /api/overview as tables, one a medium, and again every three seconds. What was heard since the
// last look is marked. Where the API wants a key, the page asks for one.

import { ask, hasKey, KeyWanted, keepKey, plainText } from './ask.js';
import { TEXTS } from './texts.js';

/** @typedef {{ kind: string, unit: string, label: { en: string, fr: string } }} Quantity */
/** @typedef {{ quantity: string, channel: number, value: number, time: string }} Value */
/** @typedef {{ devEui: string, name: string | null, profile: string | null, medium: string | null, lastFrameAt: string, values: Value[] }} Device */
/** @typedef {{ id: number, rule: string, title: { en: string, fr: string } | null, subject: string, device: string | null, severity: string, openedAt: string, worst: { value: number, unit: string } | null }} Alert */
/** @typedef {{ alerts: Alert[], next: number | null, open: Record<string, number> }} AlertsNow */
/** @typedef {{ now: string, quantities: Record<string, Quantity>, heard: number, heardLastMinute: number, devices: Device[] }} Overview */

const REFRESH_MS = 3000;
/** The newest ones; all of them are a click away. */
const SHOWN_ALERTS = 10;
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
  const { devices, heard, heardLastMinute } = overview;
  say(heard === 0 ? t.waiting : t.summary(heard, heardLastMinute, devices.length));
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

/** @param {AlertsNow} told @param {string} now */
function showAlerts({ alerts, next, open }, now) {
  const count = Object.values(open).reduce((sum, some) => sum + some, 0);
  const isFiltered = filtersOf().size > 0;
  const place = document.querySelector('#alerts-table');
  showFilters(count > 0 || isFiltered);
  const title = element('h2', t.alerts(count));
  if (isFiltered) title.append(' ', element('span', `(${t.fits(alerts.length, next === null)})`, 'unit'));
  else if (count > alerts.length) title.append(' ', element('span', `(${t.newest(alerts.length)})`, 'unit'));
  document.querySelector('#alerts-title')?.replaceChildren(...(count > 0 || isFiltered ? [title] : []));
  place?.replaceChildren();
  if (count === 0) return;
  const table = document.createElement('table');
  const head = table.createTHead().insertRow();
  for (const column of t.alertColumns) head.append(element('th', column));
  const body = table.createTBody();
  for (const { id, rule, title: names, subject, device, severity, openedAt, worst } of alerts) {
    const row = body.insertRow();
    const link = document.createElement('a');
    link.href = `/api/alerts/${id}`;
    link.textContent = names?.[language] ?? rule;
    row.insertCell().append(link);
    const value = worst?.value.toLocaleString(language, { maximumSignificantDigits: 4 }) ?? '';
    row.append(
      element('td', t.severity[severity] ?? severity, severity === 'critical' ? 'alarm' : ''),
      element('td', device ?? subject),
      element('td', `${value} ${worst?.unit ?? ''}`),
      element('td', t.ago(Math.max(0, Math.round((Date.parse(now) - Date.parse(openedAt)) / 1000))), 'when'),
    );
  }
  place?.append(table);
}

/** @param {string} text */
function say(text) {
  const summary = document.querySelector('#summary');
  if (summary) summary.textContent = text;
}

/** @param {string} address */
async function told(address) {
  return (await ask(address)).json();
}

/** What the address of the page says of alerts: a filter can be kept as a bookmark. */
function filtersOf() {
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (name in t.filters && value !== '') kept.set(name, value);
  }
  return kept;
}

/** @param {boolean} wanted */
function showFilters(wanted) {
  const form = document.querySelector('#filters');
  if (!wanted || !(form instanceof HTMLFormElement)) form?.replaceChildren();
  if (!wanted || !(form instanceof HTMLFormElement) || form.firstChild) return;
  const asked = filtersOf();
  for (const [name, text] of Object.entries(t.filters)) {
    const label = element('label', `${text} `);
    const field = document.createElement(name === 'severity' ? 'select' : 'input');
    field.name = name;
    if (field instanceof HTMLSelectElement) {
      field.append(new Option(t.anySeverity, ''));
      for (const [severity, shown] of Object.entries(t.severity)) field.append(new Option(shown, severity));
    }
    field.value = asked.get(name) ?? '';
    label.append(field);
    form.append(label, ' ');
  }
  form.addEventListener('change', () => {
    const address = new URL(location.href);
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string') address.searchParams.set(name, value.trim());
    }
    for (const [name, value] of [...address.searchParams])
      if (value === '') address.searchParams.delete(name);
    history.replaceState(null, '', address);
    void showAsked();
  });
  form.addEventListener('submit', (event) => event.preventDefault());
}

async function alertsAsked() {
  const filters = filtersOf();
  const more = filters.size === 0 ? '' : `&${filters}`;
  return told(`/api/alerts?state=open,acknowledged&limit=${SHOWN_ALERTS}${more}`);
}

/** The next look comes by itself. */
async function showAsked() {
  try {
    showAlerts(await alertsAsked(), new Date().toISOString());
  } catch {
    say(t.away);
  }
}

async function refresh() {
  try {
    const [overview, alerts] = await Promise.all([told('/api/overview'), alertsAsked()]);
    show(overview);
    showAlerts(alerts, overview.now);
    showKeyField(false);
  } catch (thrown) {
    say(thrown instanceof KeyWanted ? (hasKey() ? thrown.message : t.keyWanted) : t.away);
    if (thrown instanceof KeyWanted) {
      showKeyField(true);
      return;
    }
  }
  setTimeout(refresh, REFRESH_MS);
}

/** @param {boolean} wanted */
function showKeyField(wanted) {
  const place = document.querySelector('#key');
  if (!wanted) place?.replaceChildren();
  if (!wanted || place?.firstChild) return;
  const form = document.createElement('form');
  const label = element('label', `${t.key} `);
  const field = document.createElement('input');
  field.type = 'password';
  field.autocomplete = 'off';
  field.required = true;
  label.append(field);
  form.append(label, ' ', element('button', t.keyUse));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    keepKey(field.value.trim());
    void refresh();
  });
  place?.replaceChildren(form);
  field.focus();
}

// A link carries no key: with one, what stands behind it is asked for here, and shown as it is.
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (link === null || !hasKey()) return;
  event.preventDefault();
  ask(link.href)
    .then((answer) => answer.text())
    .then((text) => location.assign(URL.createObjectURL(plainText(text))))
    .catch((thrown) => say(thrown instanceof KeyWanted ? thrown.message : t.away));
});

document.documentElement.lang = language;
const footer = document.querySelector('#footer');
footer?.append(t.footer);
for (const address of ['/api/devices', '/api/alerts', '/api/openapi.json', '/metrics']) {
  const link = document.createElement('a');
  link.href = address;
  link.textContent = address;
  footer?.append(link, ' ');
}
await refresh();
