import { messageOf } from '@veilleur/domain';
import { parse } from 'smol-toml';
import { z } from 'zod';
import type { Finding } from './doctor-finding.ts';

/** ChirpStack's own defaults where its file is silent (chirpstack@d77207c, config.rs). */
const chirpStackToml = z.object({
  integration: z
    .object({
      enabled: z.array(z.string()).default([]),
      mqtt: z
        .object({
          qos: z.number().int().default(0),
          clean_session: z.boolean().default(false),
          session_expiry_interval: z.string().default('0s'),
          client_id: z.string().default(''),
          json: z.boolean().default(true),
          event_topic: z
            .string()
            .default('application/{{application_id}}/device/{{dev_eui}}/event/{{event}}'),
        })
        .prefault({}),
    })
    .prefault({}),
});

const EVENT_TOPIC =
  /^application\/\{\{\s*application_id\s*\}\}\/device\/\{\{\s*dev_eui\s*\}\}\/event\/\{\{\s*event\s*\}\}$/;

/** Says what of a chirpstack.toml would lose uplinks between ChirpStack and the broker. */
export function judgeChirpStack(text: string): Finding[] {
  const parsed = readToml(text);
  if ('finding' in parsed) return [parsed];
  const { enabled, mqtt } = parsed.integration;
  const findings: Finding[] = [];
  if (!enabled.includes('mqtt')) {
    findings.push(
      say(
        'bad',
        'the MQTT integration is not enabled: nothing is published',
        'Set [integration] enabled = ["mqtt"].',
      ),
    );
  }
  if (mqtt.qos === 0) {
    findings.push(
      say(
        'bad',
        `qos is 0${/^\s*qos\s*=/m.test(text) ? '' : ' (its default)'}: what is on its way when a connection breaks, or comes while the broker is away, is lost`,
        'Set qos = 1 in [integration.mqtt].',
      ),
    );
  } else findings.push(say('good', `it publishes at QoS ${mqtt.qos}`));
  // rumqttc 0.25 forgets what is not acknowledged when the broker has no session for it (v5/eventloop.rs).
  if (mqtt.qos > 0 && (mqtt.clean_session || isZero(mqtt.session_expiry_interval))) {
    findings.push(
      say(
        'bad',
        `it asks the broker for no session that lasts (${mqtt.clean_session ? 'clean_session = true' : `session_expiry_interval = "${mqtt.session_expiry_interval}"`}): when a connection breaks, it forgets what was not acknowledged, QoS 1 or not`,
        'Set clean_session = false and session_expiry_interval = "1h" in [integration.mqtt].',
      ),
    );
  }
  if (mqtt.client_id === '') {
    findings.push(
      say(
        'warning',
        'client_id is empty: each start makes another session at the broker, and leaves one behind',
        'Set client_id, another one for each ChirpStack.',
      ),
    );
  }
  if (!mqtt.json)
    findings.push(say('good', 'it publishes protobuf (json = false), which Veilleur reads as well'));
  if (!EVENT_TOPIC.test(mqtt.event_topic)) {
    findings.push(
      say(
        'bad',
        `event_topic is ${mqtt.event_topic}: the bridge does not hear it`,
        'Leave event_topic at its default.',
      ),
    );
  }
  return findings;
}

function readToml(text: string): z.output<typeof chirpStackToml> | Finding {
  try {
    return chirpStackToml.parse(parse(text));
  } catch (thrown) {
    return say(
      'bad',
      `the file cannot be read: ${messageOf(thrown)}`,
      'Name a chirpstack.toml of ChirpStack v4.',
    );
  }
}

/** A span as humantime writes it, such as 0s or 1h 30m. */
function isZero(span: string): boolean {
  return !/[1-9]/.test(span);
}

function say(verdict: Finding['verdict'], finding: string, remedy?: string): Finding {
  return { check: 'chirpstack', verdict, finding, ...(remedy === undefined ? {} : { remedy }) };
}
