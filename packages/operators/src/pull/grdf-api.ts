import { readGrdfAdict } from '../grdf/adict.ts';
import type { Credentials, OperatorApi } from './operator-api.ts';

/** GRDF's ADICT API: `informatives` are the gas days, `publiees` what was billed. */
export function grdfApi(
  settings: Credentials & { readonly data: 'informatives' | 'publiees'; readonly version?: string },
): OperatorApi {
  const { baseUrl, data, version = 'v6' } = settings;
  const root = `/adict/${version}`;
  return {
    name: `grdf ${data}`,
    token: {
      url: settings.tokenUrl,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      scope: root,
    },
    // GRDF publishes no figure; lowatt's client leaves a second between two requests.
    limits: { days: 365, perSecond: 1, perHour: 3_600 },
    accept: 'application/x-ndjson',
    url(pointId, from, to) {
      const range = new URLSearchParams({ date_debut: from.toString(), date_fin: to.toString() });
      return `${baseUrl}${root}/pce/${encodeURIComponent(pointId)}/donnees_consos_${data}?${range.toString()}`;
    },
    nothingThere: (status) => status === 404,
    reader: (now) => (page, options) => readGrdfAdict(page, { ...options, exportedAt: now }),
  };
}
