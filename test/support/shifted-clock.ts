import { readFileSync } from 'node:fs';

/**
 * Preloaded (`node --import`) into a program under test: its `Date` is ahead of the machine's clock by as
 * many milliseconds as the file SHIFTED_CLOCK_FILE says, looked at ten times a second. Timers and
 * `performance.now()` go on as they were, as they do when an administrator or NTP sets a machine's clock.
 */
const file = process.env.SHIFTED_CLOCK_FILE;
if (file === undefined) throw new Error('SHIFTED_CLOCK_FILE names no file');

let aheadMs = 0;
const look = () => {
  const told = Number(readFileSync(file, 'utf8'));
  // A file that is just being written is empty or cut: the clock stays.
  if (Number.isFinite(told)) aheadMs = told;
};
look();
setInterval(look, 100).unref();

const RealDate = Date;
const now = () => RealDate.now() + aheadMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
});
