/** A Mosquitto configuration as far as it bears on delivery. */
export interface MosquittoConf {
  /** Global options, the last one of a name wins, as in Mosquitto. */
  readonly options: ReadonlyMap<string, string>;
  readonly listeners: readonly MosquittoListener[];
  /** `include_dir`: more is set there. */
  readonly includes: readonly string[];
}

export interface MosquittoListener {
  readonly port: number;
  /** Null: every address of the machine. */
  readonly address: string | null;
  readonly options: ReadonlyMap<string, string>;
}

/** Options that belong to the listener above them; the security ones only under `per_listener_settings`. */
const OF_LISTENER = new Set(
  'bind_interface cafile capath certfile ciphers ciphers_tls1.3 crlfile dhparamfile http_dir keyfile max_connections max_qos max_topic_alias mount_point protocol psk_hint require_certificate socket_domain tls_engine tls_engine_kpass_sha1 tls_keyform tls_version use_identity_as_username use_subject_as_username use_username_as_clientid websockets_headers_size websockets_origin'.split(
    ' ',
  ),
);
const OF_SECURITY = new Set(
  'password_file acl_file psk_file allow_anonymous allow_zero_length_clientid auth_plugin plugin auto_id_prefix'.split(
    ' ',
  ),
);

/** Reads a mosquitto.conf (man 5 mosquitto.conf): `name value` a line, `#` at its start for a comment. */
export function parseMosquittoConf(text: string): MosquittoConf {
  const options = new Map<string, string>();
  const listeners: { port: number; address: string | null; options: Map<string, string> }[] = [];
  const includes: string[] = [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const isPerListener = lines.some((line) => /^per_listener_settings\s+true$/.test(line));
  for (const line of lines) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
    const listener = listeners.at(-1);
    if (name === 'listener' || name === 'port') {
      const [port, address = null] = value.split(/\s+/);
      listeners.push({ port: Number(port), address, options: new Map() });
    } else if (name === 'include_dir') includes.push(value);
    else if (listener && (OF_LISTENER.has(name) || (isPerListener && OF_SECURITY.has(name))))
      listener.options.set(name, value);
    else options.set(name, value);
  }
  return { options, listeners, includes };
}
