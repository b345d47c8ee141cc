import {
  type AlertingConfig,
  type AlertingService,
  readAlertingConfig,
  startAlerting,
} from '@veilleur/alerting';
import { loadRules } from '@veilleur/rules';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect, type Pool, putRules, type StoredRule, tailLags } from '@veilleur/store';
import { until } from './bridge-under-test.ts';

/** Puts rules, as YAML, in force. @throws What is wrong in them. */
export async function putRulesOf(pool: Pool, yaml: string, now = new Date()) {
  const { rules, problems } = loadRules(yaml);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const stored = rules.map((rule) => ({
    name: rule.name,
    definition: rule as unknown as StoredRule['definition'],
    source: 'the test',
  }));
  return putRules(pool, stored, { by: 'test', now });
}

export interface AlertingUnderTest {
  readonly service: AlertingService;
  /** Resolves when all that is committed was evaluated, and every timer that is due has run. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** The service in this process, over connections of its own, with the test's clock. */
export async function startAlertingUnderTest(
  databaseUrl: string,
  clock: () => Date,
  settings: Partial<AlertingConfig> = {},
): Promise<AlertingUnderTest> {
  const pool = connect(databaseUrl, { maximum: 12 });
  const config = { ...readAlertingConfig({ DATABASE_URL: databaseUrl }), rulesEveryMs: 100, ...settings };
  const service = await startAlerting(config, {
    pool,
    registry: createMetrics(),
    log: createLogger('error'),
    clock,
  });
  await until(
    () => service.ready().length === config.partitions,
    20_000,
    () => 'the service to lead its partitions',
  );
  return {
    service,
    settled: async () => {
      await untilEvaluated(pool);
      await until(
        () => service.evaluatedTo() >= clock().getTime(),
        20_000,
        () => 'the timers that are due',
      );
    },
    stop: async () => {
      await service.stop();
      await pool.end();
    },
  };
}

/** Resolves when the tail has told alerting all that is committed. */
export async function untilEvaluated(pool: Pool): Promise<void> {
  await until(
    async () => {
      const lags = (await tailLags(pool)).filter(({ consumer }) => consumer === 'alerting');
      return lags.length > 0 && lags.every(({ transactions }) => transactions === 0);
    },
    30_000,
    () => 'alerting to evaluate what is committed',
  );
}

/** `leak 70b3… 03-01 06:00 → 03-01 09:00 critical`, each in the order of its opening; times are UTC. */
export async function alertsOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{
    rule: string;
    subject: string;
    opened: string;
    cleared: string | null;
    severity: string;
    withdrawn: boolean;
  }>(
    `select rule, subject, severity, withdrawn_at is not null as withdrawn,
       to_char(opened_at at time zone 'UTC', 'MM-DD HH24:MI') as opened,
       to_char(cleared_at at time zone 'UTC', 'MM-DD HH24:MI') as cleared
     from alert order by opened_at, rule, subject, id`,
  );
  return rows.map(
    ({ rule, subject, opened, cleared, severity, withdrawn }) =>
      `${rule} ${subject.slice(-2)} ${opened} → ${cleared ?? 'open'} ${withdrawn ? 'withdrawn' : severity}`,
  );
}

/** The kinds of steps of each alert, in the order of their recording, with the reason where one is told. */
export async function stepsOf(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ alert: string; steps: string }>(
    `select a.rule || ' ' || right(a.subject, 2) as alert,
       string_agg(s.kind || coalesce(' (' || (s.detail->>'reason') || ')', ''), ', ' order by s.id) as steps
     from alert a join alert_step s on s.alert_id = a.id group by a.id order by a.opened_at, a.rule, a.subject, a.id`,
  );
  return rows.map(({ alert, steps }) => `${alert}: ${steps}`);
}
