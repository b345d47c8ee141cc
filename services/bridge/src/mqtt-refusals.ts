import { VeilleurError } from '@veilleur/domain';

/** CONNACK: the broker does not speak this version (3.1.1 return code 1, 5.0 reason code 0x84). */
const VERSION_REFUSED = new Set([0x01, 0x84]);
const REFUSALS: Readonly<Record<number, string>> = {
  2: 'the client identifier was refused',
  3: 'the broker is unavailable',
  4: 'user name or password is wrong',
  5: 'not authorised',
  134: 'user name or password is wrong',
  135: 'not authorised',
};

/** What a broker that would not have us is called, with what the person can do. */
export class MqttRefusals {
  readonly #broker: string;
  readonly #version: number;

  constructor(url: URL, version: number) {
    this.#broker = `the broker at ${url.host}`;
    this.#version = version;
  }

  /** A CONNACK whose code is not 0. */
  refused(code: number): VeilleurError {
    if (VERSION_REFUSED.has(code)) {
      return new VeilleurError(
        'mqtt_version_refused',
        `${this.#broker} does not speak MQTT ${this.#version === 4 ? '3.1.1' : this.#version}`,
      );
    }
    return new VeilleurError(
      'mqtt_refused',
      `${this.#broker} refused us: ${REFUSALS[code] ?? `reason code ${code}`}`,
      {
        remedy:
          'Check MQTT_USERNAME, MQTT_PASSWORD and MQTT_CLIENT_ID, and what the broker allows that user.',
        retryable: true,
      },
    );
  }

  /** A broker that knows no MQTT 5 answers in the older form, which does not parse as the newer one. */
  versionRefused(): VeilleurError {
    return this.refused(0x84);
  }

  subscriptionRefused(filter: string | undefined): VeilleurError {
    return new VeilleurError(
      'mqtt_subscription_refused',
      `${this.#broker} refused the subscription ${filter}`,
      {
        remedy: 'Allow this user to read that topic in the access list of the broker.',
        retryable: true,
      },
    );
  }

  unreachable(why: string, cause?: unknown): VeilleurError {
    return new VeilleurError('mqtt_unreachable', `${this.#broker} cannot be used: ${why}`, {
      remedy: 'Check that the broker runs and that MQTT_URL names it.',
      retryable: true,
      cause,
    });
  }
}
