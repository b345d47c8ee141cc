import { storableText } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { QuarantineEntry } from './batch.ts';
import { quarantineDigest } from './fingerprint.ts';

/** MQTT 5, clause 1.5.4: a topic has at most 65,535 bytes. It should have no U+0000, and some clients send one. */
const TOPIC_LENGTH_MAX = 65_535;
const REASON_LENGTH_MAX = 2_000;

/**
 * Keeps what could not be read, with its bytes. Whatever stands in topic and reason, they are stored: an
 * entry that the database refused would come again for ever. The digest is of the topic as it came.
 *
 * @returns For each entry whether it was new: the same message again, on the same topic, is a duplicate.
 */
export async function writeQuarantine(
  client: PoolClient,
  entries: readonly QuarantineEntry[],
): Promise<boolean[]> {
  if (entries.length === 0) return [];
  const digests = entries.map((entry) => quarantineDigest(entry.topic, entry.payload));
  const { rows } = await client.query<{ digest: Buffer }>(
    `insert into quarantine (digest, topic, payload, code, reason, dev_eui, received_at)
     select * from unnest($1::bytea[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
     on conflict (digest) do nothing
     returning digest`,
    [
      digests,
      entries.map((entry) => storableText(entry.topic, TOPIC_LENGTH_MAX)),
      entries.map((entry) => Buffer.from(entry.payload)),
      entries.map((entry) => entry.code),
      entries.map((entry) => storableText(entry.reason, REASON_LENGTH_MAX)),
      entries.map((entry) => entry.devEui),
      entries.map((entry) => entry.receivedAt.toISOString()),
    ],
  );
  const inserted = new Set(rows.map((row) => row.digest.toString('hex')));
  // Of equal messages in one batch the first is the new one.
  return digests.map((digest) => inserted.delete(digest.toString('hex')));
}
