import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { provisioningFiles } from '../provisioning-files.ts';
import { LANGUAGES, type Language } from '../text.ts';
import { DASHBOARDS, dashboardsIn } from './index.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly rawSql?: string; readonly datasource: { readonly uid: string } }[];
  readonly fieldConfig?: {
    readonly overrides: readonly { readonly matcher: { readonly options: string } }[];
  };
}

const panelsOf = (built: object) => (built as { panels: readonly Panel[] }).panels;
const ALL = LANGUAGES.flatMap((language) => dashboardsIn(language).map((built) => ({ language, built })));

describe('the dashboards', () => {
  it.each(ALL)('$built.uid: every query of a panel is bound to the span that is looked at', ({ built }) => {
    for (const { title, targets = [] } of panelsOf(built)) {
      for (const { rawSql } of targets) {
        if (rawSql === undefined) continue;
        expect(rawSql, title).toMatch(/\$__(timeFilter|timeFrom|timeTo)\(/);
        // Grafana's pattern for macros ends an argument at the first bracket.
        for (const [, argument] of rawSql.matchAll(/\$__timeFilter\(([^)]*)\)/g)) {
          expect(argument, title).toMatch(/^[a-z_.]+$/);
        }
        expect(rawSql, title).not.toMatch(/\bnow\(\)|current_timestamp|current_date/i);
      }
    }
  });

  it.each(ALL)(
    '$built.uid cannot be edited by hand, and links to those of its language',
    ({ language, built }) => {
      expect(built).toMatchObject({
        editable: false,
        tags: ['veilleur', `veilleur-${language}`],
        links: [{ type: 'dashboards', tags: [`veilleur-${language}`], keepTime: true, includeVars: true }],
      });
      expect(built.uid.length).toBeLessThanOrEqual(40);
    },
  );

  it.each(ALL)('$built.uid: its panels lie beside each other and not on each other', ({ built }) => {
    const taken = new Set<string>();
    for (const { title, gridPos } of panelsOf(built)) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
    const ids = panelsOf(built).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('say the same in both languages, and in French in French', () => {
    for (const spec of DASHBOARDS) {
      const [en, fr] = (['en', 'fr'] as Language[]).map((language) =>
        dashboardsIn(language).find(({ uid }) => uid === `veilleur-${spec.id}-${language}`),
      );
      if (en === undefined || fr === undefined) throw new Error(spec.id);
      expect(panelsOf(fr)).toHaveLength(panelsOf(en).length);
      const texts = spec.rows.flatMap((row) => [row.title, ...row.panels.map(({ title }) => title)]);
      for (const { en: english, fr: french } of [spec.title, spec.description, ...texts]) {
        expect(english.trim()).not.toBe('');
        expect(french.trim()).not.toBe('');
      }
      const same = texts.filter(({ en: english, fr: french }) => english === french).map((text) => text.en);
      expect(same.filter((text) => !['Luminaires', 'Radio'].includes(text))).toEqual([]);
    }
  });

  it('link to dashboards that are there', () => {
    const uids = new Set(ALL.map(({ built }) => built.uid));
    const linked = [...JSON.stringify(ALL).matchAll(/"\/d\/([\w-]+)\?/g)].map(([, uid]) => uid);
    expect(linked).toEqual(['veilleur-building-en', 'veilleur-building-fr']);
    for (const uid of linked) expect(uids).toContain(uid);
  });
});

describe('the provisioning files', () => {
  it.each([...provisioningFiles()])('infra/grafana/%s is what the code makes', async (path, text) => {
    const file = new URL(`../../../../infra/grafana/${path}`, import.meta.url);
    expect(await readFile(file, 'utf8'), 'veilleur grafana write infra/grafana').toBe(text);
  });

  it('hold no secret', () => {
    expect(provisioningFiles().get('datasources/veilleur.yaml')).toMatch(
      /password: \$__file\{\/etc\/grafana\/\S+\}/,
    );
  });
});
