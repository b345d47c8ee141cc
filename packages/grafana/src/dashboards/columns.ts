import type { Language } from '../text.ts';
import type { Column } from './spec.ts';
import { wordFor } from './sql.ts';

/** Columns that several tables have. */
export const DEVICE_COLUMNS: Readonly<Record<string, Column>> = {
  device: { title: { en: 'Device', fr: 'Appareil' } },
  dev_eui: { title: { en: 'DevEUI', fr: 'DevEUI' } },
  street: { title: { en: 'Street', fr: 'Rue' } },
};

export const SEVERITY: Readonly<Record<string, Column>> = {
  severity: { title: { en: 'Severity', fr: 'Gravité' } },
};

/** The severity of alert `a`. */
export const severityIn = (language: Language) =>
  wordFor(
    'a.severity',
    {
      info: { en: 'information', fr: 'information' },
      warning: { en: 'warning', fr: 'avertissement' },
      critical: { en: 'critical', fr: 'critique' },
    },
    language,
  );
