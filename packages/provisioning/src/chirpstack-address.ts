import { VeilleurError } from '@veilleur/domain';

export interface ChirpStackAddress {
  /** `host:port`, as gRPC wants it. */
  readonly target: string;
  readonly tls: boolean;
}

/** The scheme decides on TLS, and on the port where none is given: 8080 is ChirpStack's own default. */
const SCHEMES: Readonly<Record<string, { tls: boolean; port: string }>> = {
  'grpc:': { tls: false, port: '8080' },
  'http:': { tls: false, port: '8080' },
  'grpcs:': { tls: true, port: '443' },
  'https:': { tls: true, port: '443' },
};

/** @throws VeilleurError `lns_url_invalid` */
export function chirpStackAddress(url: string): ChirpStackAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const scheme = SCHEMES[parsed?.protocol ?? ''];
  if (parsed === undefined || scheme === undefined || parsed.hostname === '') {
    throw invalid(url, 'Write grpc://host:8080 without TLS, https://host with it.');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid(
      `${parsed.protocol}//***@${parsed.host}`,
      'Leave out user and password: ChirpStack takes an API key.',
    );
  }
  if (parsed.pathname.length > 1 || parsed.search !== '') {
    throw invalid(url, 'Leave out what follows the host: gRPC has no path.');
  }
  // `http://host:80` loses its port to the URL standard, for it is the scheme's own.
  const written = parsed.port || (/:80\/?$/.test(url) && parsed.protocol === 'http:' ? '80' : '');
  return { target: `${parsed.hostname}:${written || scheme.port}`, tls: scheme.tls };
}

function invalid(url: string, remedy: string): VeilleurError {
  return new VeilleurError('lns_url_invalid', `"${url}" is not the address of a ChirpStack`, { remedy });
}
