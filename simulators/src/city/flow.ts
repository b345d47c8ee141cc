/**
 * What a kind of customer draws, day by day, in whole numbers of a unit so fine that nothing smaller is
 * metered (mL of water, dm3 of gas, mWh of electricity). Whole numbers add up exactly, in whatever order.
 */
export interface Flow {
  readonly customers: number;
  /** 24 or 48 equal steps of a UTC day. */
  readonly stepsPerDay: number;
  /** Registers that share the flow by the hour, such as peak and off-peak: 1 or 2. */
  readonly registers: 1 | 2;
  /** Writes what each step draws into `into`, from `at` on. Pure. */
  fill(customer: number, day: number, into: Float64Array, at: number): void;
  /** Which register counts in a step; only asked where there are two. */
  registerOf(day: number, step: number): 0 | 1;
}
