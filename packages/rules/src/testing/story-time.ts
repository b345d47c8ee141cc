import { localTime } from '@veilleur/metering';

/** Local times as a story writes them: `08:30` of its day, `2026-03-29 08:30`, or with an offset. */
export class StoryClock {
  readonly zone: string;
  #day: string;

  constructor(zone: string, day: string) {
    this.zone = zone;
    this.#day = day;
  }

  setDay(day: string): void {
    this.#day = day;
  }

  /** `2026-10-25 02:30+01:00` names the second half past two of that night; without an offset, the first. */
  instantOf(text: string): number {
    const match = /^(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d)([+-]\d\d:\d\d)?$/.exec(text);
    if (match === null) throw new Error(`"${text}" is not a time of a story: 08:30, 2026-03-29 08:30`);
    const [, day = this.#day, time, offset] = match;
    if (offset !== undefined) return Date.parse(`${day}T${time}:00${offset}`);
    return localTime(this.zone).instantOf(Date.parse(`${day}T${time}:00Z`));
  }

  textOf(instant: number): string {
    const local = localTime(this.zone);
    const offset = local.offsetAt(instant);
    const [day = '', rest = ''] = new Date(instant + offset).toISOString().split('T');
    const [time, seconds] = [rest.slice(0, 5), rest.slice(5, 12)];
    const exact = seconds === ':00.000' ? time : time + seconds;
    const isSecond = local.instantOf(instant + offset) !== instant;
    const suffix = isSecond ? `+${String(offset / 3_600_000).padStart(2, '0')}:00` : '';
    return `${day === this.#day ? '' : `${day} `}${exact}${suffix}`;
  }
}
