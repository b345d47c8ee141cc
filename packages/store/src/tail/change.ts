/**
 * What a consumer of the tail is told: that something of a device was committed, and which moments it
 * touched. The values themselves lie in the tables (`readChangedMeasurements`), as they are now.
 *
 * `fromTime` and `toTime` are the first and the last moment of the measurements concerned, both
 * included; null where there are none.
 */
export type Change =
  | (Position & Span & { readonly kind: 'frame'; readonly reportedAt: Date; readonly fCnt: number })
  | (Position & Span & { readonly kind: 'device_event'; readonly reportedAt: Date })
  /** A span of history was made anew: what was derived from it must be derived again. */
  | (Position & {
      readonly kind: 'restatement';
      readonly deviceId: number;
      readonly restatementId: number;
      readonly fromTime: Date;
      readonly toTime: Date;
    })
  /** All that was stored of a device before the consumer began, or began anew. */
  | (Span & { readonly kind: 'history' });

interface Position {
  /** Of the transaction that wrote it; changes of one transaction share it. */
  readonly position: number;
}

interface Span {
  readonly deviceId: number;
  readonly fromTime: Date | null;
  readonly toTime: Date | null;
}
