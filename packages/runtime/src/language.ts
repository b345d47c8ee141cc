/** The languages that Veilleur speaks to people. */
export type Language = 'en' | 'fr';

/** French where the environment asks for it (LC_ALL, LC_MESSAGES, LANG), else English. */
export function languageOf(environment: Readonly<Record<string, string | undefined>>): Language {
  const wish = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return wish.toLowerCase().startsWith('fr') ? 'fr' : 'en';
}
