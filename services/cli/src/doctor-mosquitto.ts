import type { Finding, Outage } from './doctor-finding.ts';
import { spanText } from './doctor-finding.ts';
import type { MosquittoConf, MosquittoListener } from './mosquitto-conf.ts';

/** What Mosquitto 2 does where its configuration is silent (man 5 mosquitto.conf). */
const DEFAULTS = { maxQueuedMessages: 1000, maxInflight: 20, autosaveS: 1800 };
/** What waits in the queue takes some 2 kB a message: 1 kB of JSON, and Mosquitto's own. */
const BYTES_A_MESSAGE = 2048;
/** A crash may cost what came since the last save; beyond a minute that is more than a hiccup. */
const LONGEST_AUTOSAVE_S = 60;
const PERIODS_S: Readonly<Record<string, number>> = {
  h: 3600,
  d: 86_400,
  w: 7 * 86_400,
  m: 30 * 86_400,
  y: 365 * 86_400,
};

/** Says what of a Mosquitto's configuration would lose data in an outage of the bridge or the database. */
export function judgeMosquitto(conf: MosquittoConf, outage: Outage): Finding[] {
  const findings = [
    persistence(conf),
    autosave(conf),
    queue(conf, outage),
    expiration(conf, outage),
    inflight(conf),
    ...listeners(conf),
    qos0(conf),
    ...conf.includes.map((folder) =>
      say('warning', `include_dir ${folder}: what is set there is not judged here`, 'Check those files too.'),
    ),
  ];
  return findings.filter((finding) => finding !== null);
}

function persistence({ options }: MosquittoConf): Finding {
  return options.get('persistence') === 'true'
    ? say('good', 'persistence is on: sessions and queues survive a restart')
    : say('bad', 'persistence is off: a restart loses all that is queued', 'Set persistence true.');
}

function autosave({ options }: MosquittoConf): Finding | null {
  if (options.get('persistence') !== 'true') return null;
  const interval = numberOf(options, 'autosave_interval', DEFAULTS.autosaveS);
  if (options.get('autosave_on_changes') === 'true' && interval > 0) {
    const verdict = interval > 1000 ? 'warning' : 'good';
    return say(verdict, `a crash costs at most the last ${interval} changes (autosave_on_changes)`);
  }
  if (interval === 0) {
    return say(
      'bad',
      'autosave_interval is 0: a crash loses all that came since the start',
      'Set autosave_interval 10.',
    );
  }
  if (interval > LONGEST_AUTOSAVE_S) {
    return say(
      'bad',
      `autosave_interval is ${interval} s: a crash of the broker loses as much of what it had acknowledged`,
      'Set autosave_interval 10.',
    );
  }
  return say('good', `a crash of the broker costs at most its last ${interval} s (autosave_interval)`);
}

function queue({ options }: MosquittoConf, { seconds, perSecond, rateSource }: Outage): Finding {
  const needed = Math.ceil(seconds * perSecond);
  const messages =
    numberOf(options, 'max_queued_messages', DEFAULTS.maxQueuedMessages) || Number.POSITIVE_INFINITY;
  const bytes = numberOf(options, 'max_queued_bytes', 0) || Number.POSITIVE_INFINITY;
  const memory = numberOf(options, 'memory_limit', 0) || Number.POSITIVE_INFINITY;
  const held = Math.min(messages, bytes / (BYTES_A_MESSAGE / 2), memory / BYTES_A_MESSAGE);
  const at = `at ${round(perSecond)} messages/s (${rateSource})`;
  if (held < needed) {
    const limit =
      held === messages
        ? 'max_queued_messages'
        : held < memory / BYTES_A_MESSAGE
          ? 'max_queued_bytes'
          : 'memory_limit';
    return say(
      'bad',
      `the queue lasts ${spanText(held / perSecond)} ${at}, not ${spanText(seconds)}: ${limit} is too small`,
      `Set ${limit} ${limit === 'max_queued_messages' ? needed : needed * (limit === 'memory_limit' ? BYTES_A_MESSAGE : BYTES_A_MESSAGE / 2)}, and see that the machine has ${gigabytes(needed)} of memory for it.`,
    );
  }
  const bound =
    held === Number.POSITIVE_INFINITY ? 'no limit but the memory' : `${Math.floor(held)} messages`;
  return say(
    'good',
    `the queue has ${bound}: ${spanText(seconds)} ${at} are ${needed} messages, some ${gigabytes(needed)}`,
  );
}

function expiration({ options }: MosquittoConf, { seconds }: Outage): Finding | null {
  const value = options.get('persistent_client_expiration');
  if (value === undefined) return null;
  const [, count = '', unit = ''] = /^(\d+)([hdwmy])$/.exec(value) ?? [];
  const period = PERIODS_S[unit];
  if (period === undefined) {
    return say(
      'bad',
      `persistent_client_expiration ${value} is no period`,
      'Write a number and h, d, w, m or y.',
    );
  }
  const expiresS = Number(count) * period;
  return expiresS < seconds
    ? say(
        'bad',
        `a bridge that is away for ${spanText(expiresS)} loses its session and its queue (persistent_client_expiration)`,
        'Set persistent_client_expiration 14d.',
      )
    : say('good', `a bridge may be away for ${spanText(expiresS)} (persistent_client_expiration)`);
}

function inflight({ options }: MosquittoConf): Finding | null {
  const messages = numberOf(options, 'max_inflight_messages', DEFAULTS.maxInflight);
  if (messages === 0 || messages >= 1000) return null;
  return say(
    'warning',
    `max_inflight_messages is ${messages}: under MQTT 3.1.1 a bridge commits that many at a time (MQTT 5 names its own window)`,
    'Set max_inflight_messages 0.',
  );
}

function* listeners({ options, listeners: given }: MosquittoConf): Generator<Finding> {
  const isPerListener = options.get('per_listener_settings') === 'true';
  for (const listener of given) {
    const setting = (name: string) => (isPerListener ? listener.options.get(name) : options.get(name));
    const where = `listener ${listener.port}${listener.address === null ? '' : ` ${listener.address}`}`;
    const isOpen = setting('allow_anonymous') === 'true';
    if (isOpen && !isLoopback(listener)) {
      yield say(
        'warning',
        `${where}: anybody who reaches it may publish readings and read them all (allow_anonymous)`,
        'Set allow_anonymous false, password_file and acl_file.',
      );
    }
    if (
      !isOpen &&
      setting('password_file') === undefined &&
      setting('plugin') === undefined &&
      setting('psk_file') === undefined &&
      listener.options.get('require_certificate') !== 'true'
    ) {
      const remedy = 'Set password_file, or allow_anonymous true on 127.0.0.1.';
      yield say(
        'bad',
        `${where}: nobody can connect, for it has no users${isPerListener ? ' of its own (per_listener_settings)' : ''}`,
        remedy,
      );
    }
    if (!isLoopback(listener) && listener.options.get('certfile') === undefined) {
      yield say(
        'warning',
        `${where}: passwords and readings travel in the clear`,
        'Set certfile and keyfile, on port 8883.',
      );
    }
    const maxQos = listener.options.get('max_qos');
    if (maxQos === '0') yield say('bad', `${where}: max_qos 0 makes every message QoS 0`, 'Remove max_qos.');
  }
}

function qos0({ options }: MosquittoConf): Finding | null {
  if (options.get('queue_qos0_messages') !== 'true') return null;
  return say(
    'warning',
    'queue_qos0_messages keeps QoS 0 messages for bridges that are away, but not those that break off on the way',
    'Let the network server publish at QoS 1.',
  );
}

function isLoopback({ address, port, options }: MosquittoListener): boolean {
  if (port === 0) return true;
  const where = address ?? options.get('bind_interface') ?? '';
  return where === 'localhost' || where === 'lo' || where === '::1' || where.startsWith('127.');
}

function numberOf(options: ReadonlyMap<string, string>, name: string, otherwise: number): number {
  const value = options.get(name);
  return value === undefined || !/^\d+$/.test(value) ? otherwise : Number(value);
}

function gigabytes(messages: number): string {
  const bytes = messages * BYTES_A_MESSAGE;
  return bytes < 1e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${round(bytes / 1e9)} GB`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function say(verdict: Finding['verdict'], finding: string, remedy?: string): Finding {
  return { check: 'mosquitto', verdict, finding, ...(remedy === undefined ? {} : { remedy }) };
}
