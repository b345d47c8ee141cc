import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { messageOf } from '@veilleur/domain';
import type { Finding } from './doctor-finding.ts';

const DAY_MS = 86_400_000;
const WARNING_DAYS = 30;
const TIMEOUT_MS = 5000;
const PORTS: Readonly<Record<string, number>> = { 'mqtts:': 8883, 'ssl:': 8883, 'wss:': 443 };

/** What a broker with TLS shows; a broker without has nothing to be judged here. */
export async function judgeCertificate(url: string, now: Date): Promise<Finding[]> {
  if (!URL.canParse(url)) return [];
  const { protocol, hostname, port } = new URL(url);
  const standardPort = PORTS[protocol];
  if (standardPort === undefined) return [];
  try {
    return judgeShown(await certificateOf(hostname, Number(port) || standardPort), now);
  } catch (thrown) {
    return [
      {
        check: 'tls',
        verdict: 'bad',
        finding: `${hostname} shows no certificate: ${messageOf(thrown)}`,
        remedy: 'Check that the broker runs, and that this port of it speaks TLS.',
      },
    ];
  }
}

export interface ShownCertificate {
  readonly endsAt: Date;
  /** Why it is not trusted; null: it is. */
  readonly refusedFor: string | null;
}

export function judgeShown({ endsAt, refusedFor }: ShownCertificate, now: Date): Finding[] {
  const days = Math.floor((endsAt.getTime() - now.getTime()) / DAY_MS);
  const day = endsAt.toISOString().slice(0, 10);
  const findings: Finding[] = [];
  if (days < 0) {
    const remedy = 'Renew it, and have the broker read it: no bridge connects with it any more.';
    findings.push({
      check: 'tls',
      verdict: 'bad',
      finding: `the broker's certificate ended on ${day}`,
      remedy,
    });
  } else if (days < WARNING_DAYS) {
    const remedy = 'Renew it, and have the broker read it (Mosquitto: SIGHUP).';
    const finding = `the broker's certificate ends in ${days} days, on ${day}`;
    findings.push({ check: 'tls', verdict: 'warning', finding, remedy });
  } else {
    const finding = `the broker's certificate is good until ${day}, for ${days} days`;
    findings.push({ check: 'tls', verdict: 'good', finding });
  }
  if (refusedFor !== null && days >= 0) {
    findings.push({
      check: 'tls',
      verdict: 'bad',
      finding: `the broker's certificate is not trusted here: ${refusedFor}`,
      remedy:
        'Name the authority that signed it in NODE_EXTRA_CA_CERTS, or connect by the name that it is for.',
    });
  }
  return findings;
}

/** What the broker shows, trusted or not. */
function certificateOf(hostname: string, port: number): Promise<ShownCertificate> {
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve, reject } = Promise.withResolvers<ShownCertificate>();
  const socket = connect({
    host,
    port,
    // Judged below, and told in words: nothing is sent over this connection.
    rejectUnauthorized: false,
    timeout: TIMEOUT_MS,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  socket.once('error', reject);
  socket.once('timeout', () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
  socket.once('secureConnect', () => {
    const { valid_to: validTo } = socket.getPeerCertificate();
    const error: unknown = socket.authorizationError;
    socket.destroy();
    if (!validTo) reject(new Error('it has none'));
    else resolve({ endsAt: new Date(validTo), refusedFor: socket.authorized ? null : messageOf(error) });
  });
  return promise;
}
