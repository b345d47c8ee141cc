/** `2026-03-28 14:05`, on the clocks of a zone. */
export function localText(moment: Date | number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(Number(moment))
    .toZonedDateTimeISO(zone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' })
    .replace('T', ' ');
}
