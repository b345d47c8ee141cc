import { messageOf, VeilleurError } from '@veilleur/domain';

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: none. */
  readonly body: string | null;
}

const TOLD = 200;

/**
 * One call, that the receiver must answer with a status of 200 to 299. A redirect is not followed: it
 * would carry what is told, and its signature, where nobody has configured it to go.
 *
 * @throws VeilleurError `notification_refused`, `receiver_unreachable`
 */
export async function call(
  { url, method, headers, body }: HttpCall,
  signal: AbortSignal,
): Promise<undefined> {
  const response = await fetch(url, { method, headers, body, redirect: 'manual', signal }).catch(
    (thrown: unknown) => {
      const reason = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
      throw new VeilleurError('receiver_unreachable', messageOf(reason), { retryable: true });
    },
  );
  if (response.ok) {
    await response.body?.cancel();
    return undefined;
  }
  const answer = await beginningOf(response);
  const redirected = response.status >= 300 && response.status < 400 ? ' (redirects are not followed)' : '';
  throw new VeilleurError(
    'notification_refused',
    `${response.status}${redirected}${answer && `: ${answer}`}`,
    {
      retryable: true,
    },
  );
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const { value } = (await reader?.read().catch(() => undefined)) ?? {};
  await reader?.cancel().catch(() => {});
  return Buffer.from(value ?? [])
    .toString()
    .slice(0, TOLD);
}
