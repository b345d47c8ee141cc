/**
 * The one error class of Veilleur. Its `code` is stable and in snake_case, so that programs can act
 * on it; its message names the place; its `remedy` says what the person can do; `retryable` says
 * whether the same call may succeed later without a change.
 */
export class VeilleurError extends Error {
  override readonly name = 'VeilleurError';
  readonly code: string;
  readonly remedy: string | undefined;
  readonly retryable: boolean;

  constructor(
    code: string,
    message: string,
    options: { remedy?: string; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.remedy = options.remedy;
    this.retryable = options.retryable ?? false;
  }
}

/** What went wrong, in one sentence, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(messageOf).join('; ');
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
