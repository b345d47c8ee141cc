import { describe, expect, it } from 'vitest';
import { judgeConnack, judgeGroup } from './doctor-broker.ts';

const DAY_S = 86_400;
const judge = (properties: Parameters<typeof judgeConnack>[0]['properties'], wanted = 7 * DAY_S) =>
  judgeConnack({ properties }, wanted, { seconds: DAY_S }).map(
    ({ verdict, finding, remedy }) => `${verdict}: ${finding}${remedy === undefined ? '' : ` -> ${remedy}`}`,
  );

describe('what a broker grants in its CONNACK', () => {
  it('is good where it limits nothing', () => {
    expect(judge(undefined)).toEqual([
      'good: it speaks MQTT 5 with shared subscriptions',
      'good: it does not object to a session of 7 d (Mosquitto: see --mosquitto-conf)',
    ]);
  });

  it('loses data where sessions end before the outage does', () => {
    expect(judge({ sessionExpiryInterval: 7200 })[1]).toBe(
      'bad: a bridge that is away for 2 h loses its session and its queue: the broker grants no more -> Let the broker keep sessions for longer than the outage to survive.',
    );
    expect(judge({}, 3600)[1]).toMatch(/^bad: .* MQTT_SESSION_EXPIRY_S asks for no more/);
    expect(judge({ sessionExpiryInterval: 2 * DAY_S })[1]).toMatch(/^good/);
  });

  it('loses data where it takes no more than QoS 0', () => {
    expect(judge({ maximumQoS: 0 })[1]).toMatch(/^bad: it grants no more than QoS 0/);
    expect(judge({ maximumQoS: 1 })).toHaveLength(2);
  });

  it('lets one bridge work where it has no shared subscriptions', () => {
    expect(judge({ sharedSubscriptionAvailable: false })[0]).toMatch(
      /^warning: .*one bridge reads everything/,
    );
  });
});

it.each([
  ['mosquitto version 2.0.11', 'city', 1],
  ['mosquitto version 2.0.11', undefined, 0],
  ['mosquitto version 2.0.11', '', 0],
  [undefined, 'city', 0],
])(
  '%s with the group %s: %i warnings that shared subscriptions are forgotten',
  (version, group, warnings) => {
    const findings = judgeGroup(version, group);
    expect(findings).toHaveLength(warnings);
    for (const { verdict, finding, remedy } of findings) {
      expect(verdict).toBe('warning');
      expect(finding).toContain('MQTT_SHARE_GROUP is city');
      expect(remedy).toContain('one bridge without a group');
    }
  },
);
