import { describe, expect, it } from 'vitest';
import { spanText } from './doctor-finding.ts';
import { judgeMosquitto } from './doctor-mosquitto.ts';
import { parseMosquittoConf } from './mosquitto-conf.ts';

/** A day of a city of 100,000 hourly meters: 2.4 million messages. */
const DAY = { seconds: 86_400, perSecond: 100_000 / 3600, rateSource: 'a test' };
const GOOD = `listener 1883 127.0.0.1
allow_anonymous true
persistence true
autosave_interval 10
max_queued_messages 0
max_inflight_messages 0
persistent_client_expiration 14d`;

const judge = (text: string, outage = DAY) => judgeMosquitto(parseMosquittoConf(text), outage);
const wrong = (text: string, outage = DAY) =>
  judge(text, outage)
    .filter(({ verdict }) => verdict !== 'good')
    .map(({ verdict, finding, remedy }) => `${verdict}: ${finding} -> ${remedy}`);
/** The good file with one line instead of another, or with one more. */
const but = (line: string) => {
  const [name = ''] = line.split(' ');
  return [...GOOD.split('\n').filter((other) => !other.startsWith(`${name} `)), line].join('\n');
};

describe('a Mosquitto configuration', () => {
  it('that survives the outage has nothing wrong', () => {
    expect(wrong(GOOD)).toEqual([]);
  });

  it('that is empty loses its queue at a restart, and after 36 s of a city', () => {
    const found = wrong('listener 1883 127.0.0.1\nallow_anonymous true');
    expect(found[0]).toMatch(/^bad: persistence is off/);
    expect(found[1]).toMatch(
      /^bad: the queue lasts 36 s at 27.8 messages\/s \(a test\), not 24 h: max_queued_messages is too small -> Set max_queued_messages 2400000, and see that the machine has 4.9 GB/,
    );
    expect(found).toHaveLength(3);
  });

  it.each([
    ['persistence false', /bad: persistence is off/],
    ['autosave_interval 0', /bad: autosave_interval is 0/],
    ['autosave_interval 1800', /bad: autosave_interval is 1800 s/],
    ['max_queued_messages 2399999', /bad: the queue lasts 24 h .* max_queued_messages is too small/],
    ['max_queued_bytes 1000000000', /bad: the queue lasts 9.8 h .* max_queued_bytes is too small/],
    ['memory_limit 2000000000', /bad: the queue lasts 9.8 h .* memory_limit is too small/],
    ['persistent_client_expiration 6h', /bad: a bridge that is away for 6 h loses its session/],
    ['persistent_client_expiration soon', /bad: .* is no period/],
    ['max_inflight_messages 20', /warning: max_inflight_messages is 20/],
    ['queue_qos0_messages true', /warning: queue_qos0_messages/],
    ['listener 1884', /warning: listener 1884: anybody .*allow_anonymous/],
    ['include_dir /etc/mosquitto/conf.d', /warning: include_dir/],
  ])('with "%s" says so', (line, expected) => {
    const found = line.startsWith('listener') ? wrong(`${GOOD}\n${line}`) : wrong(but(line));
    expect(found[0]).toMatch(expected);
  });

  it('is judged by the outage and the rate that are asked for', () => {
    const hundred = but('max_queued_messages 100');
    expect(wrong(hundred, { seconds: 99, perSecond: 1, rateSource: '' })).toEqual([]);
    expect(wrong(hundred, { seconds: 101, perSecond: 1, rateSource: '' })[0]).toContain('lasts 100 s');
    expect(wrong(but('persistent_client_expiration 1d'), { ...DAY, seconds: 86_401 })[0]).toMatch(
      /^bad: a bridge that is away for 24 h/,
    );
  });

  it('that saves after so many changes costs as many at most', () => {
    expect(judge(`${but('autosave_interval 1')}\nautosave_on_changes true`)[1]).toMatchObject({
      verdict: 'good',
      finding: 'a crash costs at most the last 1 changes (autosave_on_changes)',
    });
  });

  it('with users for each listener is read listener by listener', () => {
    const text = `per_listener_settings true
persistence true
autosave_interval 10
max_queued_messages 0
max_inflight_messages 0
listener 1883 127.0.0.1
allow_anonymous true
listener 8883
certfile /a.pem
password_file /etc/mosquitto/passwd
listener 8884
certfile /a.pem`;
    expect(wrong(text)).toEqual([
      'bad: listener 8884: nobody can connect, for it has no users of its own (per_listener_settings) -> Set password_file, or allow_anonymous true on 127.0.0.1.',
    ]);
  });

  it('says a span as people do', () => {
    expect([36, 119, 7190, 86_400, 7 * 86_400].map(spanText)).toEqual([
      '36 s',
      '119 s',
      '119.8 min',
      '24 h',
      '7 d',
    ]);
  });
});
