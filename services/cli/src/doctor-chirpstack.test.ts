import { describe, expect, it } from 'vitest';
import { judgeChirpStack } from './doctor-chirpstack.ts';

const GOOD = `[integration]
  enabled = ["mqtt"]
  [integration.mqtt]
    server = "tcp://127.0.0.1:1883"
    qos = 1
    clean_session = false
    session_expiry_interval = "1h"
    client_id = "chirpstack-1"
`;
const wrong = (text: string) =>
  judgeChirpStack(text)
    .filter(({ verdict }) => verdict !== 'good')
    .map(({ verdict, finding }) => `${verdict}: ${finding}`);

describe("ChirpStack's configuration", () => {
  it('that loses nothing has nothing wrong', () => {
    expect(wrong(GOOD)).toEqual([]);
    expect(wrong(`${GOOD}    json = false`)).toEqual([]);
  });

  it('as it is shipped publishes at QoS 0, which is its default', () => {
    const [first, ...rest] = wrong('[integration]\nenabled = ["mqtt"]\n[integration.mqtt]\njson = true');
    expect(first).toBe(
      'bad: qos is 0 (its default): what is on its way when a connection breaks, or comes while the broker is away, is lost',
    );
    expect(rest).toEqual([expect.stringMatching(/^warning: client_id is empty/)]);
  });

  it.each([
    ['qos = 1', 'qos = 0', /^bad: qos is 0: /],
    ['enabled = ["mqtt"]', 'enabled = ["amqp"]', /^bad: the MQTT integration is not enabled/],
    ['clean_session = false', 'clean_session = true', /^bad: .*clean_session = true/],
    ['session_expiry_interval = "1h"', '', /^bad: .*session_expiry_interval = "0s"/],
    ['client_id = "chirpstack-1"', '', /^warning: client_id is empty/],
    ['qos = 1', 'qos = 1\nevent_topic = "city/{{dev_eui}}"', /^bad: event_topic is city/],
    ['qos = 1', 'qos = "one"', /^bad: the file cannot be read/],
    ['qos = 1', 'qos =', /^bad: the file cannot be read/],
  ])('with "%s" as "%s" says so', (line, instead, expected) => {
    expect(wrong(GOOD.replace(line, instead))).toEqual([expect.stringMatching(expected)]);
  });
});
