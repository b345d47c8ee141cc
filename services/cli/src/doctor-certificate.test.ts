import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer as createPlainServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { judgeCertificate, judgeShown } from './doctor-certificate.ts';

const NOW = new Date();
const inDays = (days: number) => new Date(NOW.getTime() + days * 86_400_000 + 3_600_000);
const verdicts = (endsAt: Date, refusedFor: string | null = null) =>
  judgeShown({ endsAt, refusedFor }, NOW).map(({ verdict, finding }) => `${verdict}: ${finding}`);

describe("a broker's certificate", () => {
  it('is good for as long as it has a month left, and it is known who signed it', () => {
    expect(verdicts(inDays(30))).toEqual([expect.stringMatching(/^good: .* for 30 days$/)]);
    expect(verdicts(inDays(29))).toEqual([expect.stringMatching(/^warning: .* ends in 29 days/)]);
    expect(verdicts(inDays(-2))).toEqual([expect.stringMatching(/^bad: .* ended on /)]);
    expect(verdicts(inDays(60), 'self-signed certificate')).toEqual([
      expect.stringMatching(/^good/),
      "bad: the broker's certificate is not trusted here: self-signed certificate",
    ]);
  });
});

describe('the doctor, before a server with TLS', () => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
  });

  async function server(days: number): Promise<number> {
    const folder = mkdtempSync(join(tmpdir(), 'veilleur-tls-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      '/usr/bin/openssl',
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days} -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
        ' ',
      ),
      { stdio: 'ignore' },
    );
    const listening = createServer({ key: readFileSync(key), cert: readFileSync(cert) }).listen(
      0,
      '127.0.0.1',
    );
    endings.push(() => new Promise((resolve) => listening.close(resolve)));
    await once(listening, 'listening');
    return (listening.address() as AddressInfo).port;
  }
  const judge = async (port: number) =>
    (await judgeCertificate(`mqtts://127.0.0.1:${port}`, NOW)).map(({ verdict, finding }) => [
      verdict,
      finding,
    ]);

  it('reads when the certificate ends, and that nobody knows who signed it', async () => {
    expect(await judge(await server(90))).toEqual([
      ['good', expect.stringMatching(/ for (89|90) days$/)],
      ['bad', expect.stringMatching(/not trusted here: .*self.signed/i)],
    ]);
    expect((await judge(await server(10)))[0]).toEqual([
      'warning',
      expect.stringMatching(/ends in (9|10) days/),
    ]);
  });

  it('says so where nobody listens, and where nobody speaks TLS', async () => {
    const plain = createPlainServer((socket) => socket.end('no\r\n', () => socket.destroy())).listen(
      0,
      '127.0.0.1',
    );
    await once(plain, 'listening');
    const { port } = plain.address() as AddressInfo;
    expect(await judge(port)).toEqual([['bad', expect.stringContaining('shows no certificate')]]);
    await new Promise((resolve) => plain.close(resolve));
    expect(await judge(port)).toEqual([['bad', expect.stringContaining('ECONNREFUSED')]]);
  });

  it.each(['mqtt://127.0.0.1:1883', '', 'nonsense'])('has nothing to say of "%s"', async (url) => {
    expect(await judgeCertificate(url, NOW)).toEqual([]);
  });
});
