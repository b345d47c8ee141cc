/**
 * Puts this thread's JavaScript into UTC and hands out a function that sets its clock. QuickJS asks the
 * thread's own `Date` for the time and the time zone, and both decide what a decoder says: codecs call
 * `new Date()` for "now" and `toLocaleString()` for a text. A frame that is decoded again next year, or
 * on a machine in another time zone, has to come out the same; network servers run in UTC.
 *
 * Setting `TZ` in a worker's environment does nothing.
 */
export function liveInGuestTime(): (clockMs: number | null) => void {
  const realNow = Date.now;
  for (const part of ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds'] as const) {
    Date.prototype[`get${part}`] = Date.prototype[`getUTC${part}`];
  }
  Date.prototype.getTimezoneOffset = () => 0;
  return (clockMs) => {
    Date.now = clockMs === null ? realNow : () => clockMs;
  };
}
