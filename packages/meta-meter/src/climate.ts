import { type DayTemperatures, type DegreeDayMethod, degreeDaysOf } from '@veilleur/metering';
import { type DaySpan, daysIn } from './local-days.ts';

/** The temperatures of a site's station, by ISO date, and the base that its heating starts at. */
export interface Climate {
  readonly station: string;
  readonly base_Cel: number;
  readonly days: ReadonlyMap<string, DayTemperatures>;
}

/** Null where a day's temperatures are not known: no day is taken for warm. */
export interface DegreeDays {
  readonly meteo: number | null;
  readonly costic: number | null;
  /** Days of which the station does not tell. */
  readonly missingDays: number;
}

/** The heating degree days of spans of local days, by both methods. */
export function degreeDaysIn(climate: Climate, spans: readonly DaySpan[]): DegreeDays {
  const told = spans.flatMap((span) =>
    Array.from({ length: daysIn(span) }, (_, i) => {
      const day = Temporal.PlainDate.from(span.from).add({ days: i }).toString();
      return climate.days.get(day) ?? null;
    }),
  );
  const by = (method: DegreeDayMethod) => {
    const sum = degreeDaysOf(told, method, climate.base_Cel);
    return sum === null ? null : Math.round(sum * 1000) / 1000;
  };
  return {
    meteo: by('meteo'),
    costic: by('costic'),
    missingDays: told.filter((day) => day === null).length,
  };
}
