/** Milliseconds as `to_timestamp` takes them. What has no bound lies beyond all data: infinity has no arithmetic. */
export const seconds = (ms: number) => Math.max(-2e11, Math.min(ms / 1000, 2e11));
