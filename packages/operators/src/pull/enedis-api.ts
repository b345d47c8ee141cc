import { readDataConnect } from '../enedis/read-data-connect.ts';
import type { Credentials, OperatorApi } from './operator-api.ts';

export type EnedisMeasure =
  | 'consumption_load_curve'
  | 'production_load_curve'
  | 'daily_consumption'
  | 'daily_production'
  | 'daily_consumption_max_power';

interface Endpoint {
  readonly v5: string;
  readonly in2026: string;
  readonly days: number;
  readonly direction: 'consumption' | 'production';
  readonly extra?: Readonly<Record<string, string>>;
}

/** Load curves are given for 7 days at once, days for a year. */
const ENDPOINTS: Readonly<Record<EnedisMeasure, Endpoint>> = {
  consumption_load_curve: {
    v5: 'metering_data_clc/v5/consumption_load_curve',
    in2026: 'courbe_de_charge_consommation',
    days: 7,
    direction: 'consumption',
  },
  production_load_curve: {
    v5: 'metering_data_plc/v5/production_load_curve',
    in2026: 'courbe_de_charge_production',
    days: 7,
    direction: 'production',
  },
  daily_consumption: {
    v5: 'metering_data_dc/v5/daily_consumption',
    in2026: 'consommation_quotidienne',
    days: 365,
    direction: 'consumption',
  },
  daily_production: {
    v5: 'metering_data_dp/v5/daily_production',
    in2026: 'production_quotidienne',
    days: 365,
    direction: 'production',
  },
  daily_consumption_max_power: {
    v5: 'metering_data_dcmp/v5/daily_consumption_max_power',
    in2026: 'puissance_conso_max_quotidienne',
    days: 365,
    direction: 'consumption',
    extra: { mesuresPas: 'P1D', grandeurPhysique: 'PMA' },
  },
};

/**
 * Enedis Data Connect. `2026` is the API that took v5's place on 28 September 2026; limits and addresses
 * after Enedis's Swagger of it and MyElectricalData's notes on both.
 */
export function enedisApi(
  settings: Credentials & {
    readonly measure: EnedisMeasure;
    readonly version: 'v5' | '2026';
    /** Which end of its step a load curve's date marks. */
    readonly stamps?: 'start' | 'end';
  },
): OperatorApi {
  const { baseUrl, measure, version, stamps = 'end' } = settings;
  const endpoint = ENDPOINTS[measure];
  return {
    name: `enedis ${measure}`,
    token: { url: settings.tokenUrl, clientId: settings.clientId, clientSecret: settings.clientSecret },
    limits: { days: endpoint.days, perSecond: 5, perHour: version === 'v5' ? 10_000 : 1_000 },
    accept: 'application/json',
    url(pointId, from, to) {
      const range =
        version === 'v5'
          ? { usage_point_id: pointId, start: from.toString(), end: to.toString() }
          : { pointId, dateDebut: from.toString(), dateFin: to.toString(), ...endpoint.extra };
      const path = version === 'v5' ? endpoint.v5 : `mesure_synchrone_auto/v2/${endpoint.in2026}`;
      return `${baseUrl}/${path}?${new URLSearchParams(range).toString()}`;
    },
    nothingThere(status, body) {
      return status === 404 || (status === 400 && body.includes('ADAM-ERR0123'));
    },
    reader() {
      const sequence = new Map<string, number>();
      return (page, options) =>
        readDataConnect(page, { ...options, direction: endpoint.direction, stamps, sequence });
    },
  };
}
