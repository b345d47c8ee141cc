import { type MeasuredValue, measuredValue, type Rule } from '@veilleur/rules';
import { type AlertSummary, listRules, type Pool, type RuleRow } from '@veilleur/store';
import { z } from 'zod';
import type { Server } from './server.ts';

/** The rules in force. */
export function ruleRoutes(server: Server, { pool }: { readonly pool: Pool }): void {
  server.get(
    '/api/rules',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The rules in force, and how many alerts of each are open',
        response: {
          200: z.object({
            rules: z.array(
              z.object({
                name: z.string(),
                definition: z.record(z.string(), z.unknown()).meta({
                  description: 'As `veilleur rules schema` describes it; durations are in milliseconds',
                }),
                source: z.string().meta({ description: 'The file that it came from' }),
                origin: z.enum(['shipped', 'file', 'hand']).meta({
                  description: 'RULES_FILE, a person, or what came with Veilleur',
                }),
                recordedAt: z.date(),
                recordedBy: z.string(),
                openAlerts: z.number(),
              }),
            ),
          }),
        },
      },
    },
    async () => ({
      rules: (await listRules(pool)).map((rule) => ({ ...rule, definition: { ...rule.definition } })),
    }),
  );
}

export function rulesByName(rules: readonly RuleRow[]): ReadonlyMap<string, Rule> {
  // What is stored was parsed by packages/rules.
  return new Map(rules.map(({ name, definition }) => [name, definition as unknown as Rule]));
}

/** The number of an alert with what it is a number of. */
export function worstOf(
  { rule: name, worst }: AlertSummary,
  rules: ReadonlyMap<string, Rule>,
): MeasuredValue | null {
  const rule = rules.get(name);
  return worst === null || rule === undefined ? null : measuredValue(rule, worst);
}
