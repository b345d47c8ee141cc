import { VeilleurError } from '@veilleur/domain';
import type { Server } from '../server.ts';

/** Text that PostgreSQL cannot hold, or would hold as something else: NUL, and halves of characters. */
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

/** The place of the first text in a value that no database holds; null: there is none. */
export function unstorablePlace(value: unknown, place: string): string | null {
  if (typeof value === 'string') return isStorable(value) ? null : place;
  if (typeof value !== 'object' || value === null) return null;
  for (const [name, part] of Object.entries(value)) {
    if (!isStorable(name)) return place;
    const found = unstorablePlace(part, `${place}/${name}`);
    if (found !== null) return found;
  }
  return null;
}

/** Refuses such text before any route sees it, wherever it stands. */
export function refuseUnstorableText(server: Server): void {
  server.addHook('preValidation', async ({ params, query, body }) => {
    const place =
      unstorablePlace(params, 'params') ?? unstorablePlace(query, 'query') ?? unstorablePlace(body, 'body');
    if (place === null) return;
    throw new VeilleurError('text_refused', `${place}: NUL and halves of characters cannot be stored`, {
      remedy: 'Send text in UTF-8 without the character NUL.',
    });
  });
}
