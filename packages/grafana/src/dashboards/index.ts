import type { Language } from '../text.ts';
import { ALERTS } from './alerts.ts';
import { type BuiltDashboard, buildDashboard } from './build.ts';
import { BUILDING_DASHBOARD } from './building.ts';
import { CITY } from './city.ts';
import { FLEET } from './fleet.ts';
import { INGESTION } from './ingestion.ts';
import { LIGHTING } from './lighting.ts';
import type { DashboardSpec } from './spec.ts';
import { WATER } from './water.ts';

/** Every dashboard, in the order in which people are shown them. */
export const DASHBOARDS: readonly DashboardSpec[] = [
  CITY,
  BUILDING_DASHBOARD,
  LIGHTING,
  WATER,
  FLEET,
  INGESTION,
  ALERTS,
];

export const DEFAULT_TIME_ZONE = 'Europe/Paris';

/** All dashboards in one language, as Grafana stores them. */
export function dashboardsIn(language: Language, timeZone = DEFAULT_TIME_ZONE): BuiltDashboard[] {
  return DASHBOARDS.map((spec) => buildDashboard(spec, language, timeZone));
}

/** The folder of one language: both may stand beside each other. */
export const folderOf = (language: Language) => ({
  uid: `veilleur-${language}`,
  title: { en: 'Veilleur (English)', fr: 'Veilleur (français)' }[language],
});
