/** The languages of the dashboards. */
export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a person reads, in every language. */
export type Text = Readonly<Record<Language, string>>;
