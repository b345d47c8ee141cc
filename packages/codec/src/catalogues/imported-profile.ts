import { createHash } from 'node:crypto';

import { QUANTITIES } from '@veilleur/domain';
import { Document, Scalar, stringify, YAMLMap, YAMLSeq } from 'yaml';

import type { ProfileFile } from '../profile-file.ts';
import type { CatalogueCodec, CatalogueExample } from './catalogue-codec.ts';
import { CATALOGUE_NAMES, LICENCES, type Origin } from './origin.ts';
import { type ProposedMapping, proposeMapping } from './proposal/propose-mapping.ts';

/** The files of an imported profile, by name. */
export type ProfileFiles = Readonly<Record<'profile.yaml' | 'decoder.js' | 'vectors.yaml', string>>;

/** One codec of a catalogue as a profile folder of ours. The decoder stays as it is, byte by byte. */
export function profileFilesOf(codec: CatalogueCodec): { files: ProfileFiles; proposal: ProposedMapping } {
  const proposal = proposeMapping(codec.examples.flatMap(decodedData));
  return {
    files: {
      'profile.yaml': profileYaml(codec, proposal),
      'decoder.js': codec.source,
      'vectors.yaml': stringify(
        codec.examples.flatMap((example) => vectorOf(codec, example)),
        { lineWidth: 0 },
      ),
    },
    proposal,
  };
}

export function originOf(codec: CatalogueCodec, files: ProfileFiles, commit: string | undefined): Origin {
  return {
    catalogue: codec.catalogue,
    codec: codec.id,
    file: codec.file,
    ...(commit === undefined ? {} : { commit }),
    licence: LICENCES[codec.catalogue],
    files: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, digestOf(text)])),
  };
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function decodedData(example: CatalogueExample): unknown[] {
  if (example.kind !== 'decodeUplink' || errorsOf(example.expected).length > 0) return [];
  const data = dataOf(example.expected);
  return data === undefined ? [] : [data];
}

function profileYaml(codec: CatalogueCodec, proposal: ProposedMapping): string {
  const [name = codec.id, ...others] = codec.devices.map((device) => device.name);
  const lorawan = codec.devices.find((device) => device.lorawan !== undefined)?.lorawan;
  const models = [name, ...others].join(', ');
  const document = new Document({
    vendor: codec.vendor,
    // The codec's name keeps two profiles of one device (two firmwares) apart.
    name: codec.id.split('/').at(-1) ?? codec.id,
    medium: mediumOf(proposal),
    description: { en: `${models} (imported, not reviewed)`, fr: `${models} (importé, non relu)` },
    ...(lorawan === undefined ? {} : { lorawan }),
    source: [
      {
        what: `Decoder and examples, unmodified: ${CATALOGUE_NAMES[codec.catalogue]}`,
        where: codec.file,
        licence: LICENCES[codec.catalogue],
      },
    ],
    fPorts: 'any',
  });
  document.commentBefore =
    ' Imported. Its decoder is a stranger’s and runs in the sandbox only; read origin.yaml before you pass it on.\n' +
    ' The measurements are a proposal: confirm each line. Once you have changed a file, an import leaves this folder alone.';
  document.set('measurements', measurementsOf(proposal));
  return document.toString({ lineWidth: 0 });
}

/** Sure lines as they are, guesses and the rest as comments that an operator can turn into lines. */
function measurementsOf({ entries, unmapped }: ProposedMapping): YAMLSeq {
  const list = new YAMLSeq();
  for (const { entry, confidence, why } of entries.filter((each) => each.confidence !== 'low')) {
    const line = new YAMLMap();
    for (const [key, value] of Object.entries(entry)) line.set(key, value);
    line.flow = true;
    line.commentBefore = comment(`${confidence}: ${why}`);
    list.add(line);
  }
  const guesses = entries
    .filter(({ confidence }) => confidence === 'low')
    .map(({ entry, why }) => comment(`guess: ${JSON.stringify(entry)}: ${why}`));
  const rest = unmapped.map(({ path, why }) => comment(`not mapped: ${path}: ${why}`));
  const comments = [...guesses, ...rest];
  if (comments.length > 0) list.comment = comments.join('\n');
  if (list.items.length === 0) list.flow = true;
  return list;
}

/** One line, whatever a stranger's field name holds. */
function comment(text: string): string {
  return ` ${text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')}`;
}

function mediumOf({ entries }: ProposedMapping): ProfileFile['medium'] {
  const quantities = new Set(entries.map(({ entry }) => entry.quantity));
  if (quantities.has('heat_energy') || quantities.has('cooling_energy')) return 'heat';
  if (quantities.has('water_volume')) return 'water';
  if (quantities.has('gas_volume')) return 'gas';
  if (quantities.has('light_level') || quantities.has('light_command')) return 'lighting';
  const hasOwnObis = entries.some(
    ({ entry }) => QUANTITIES[entry.quantity].obis?.startsWith('1-0:') === true,
  );
  if (hasOwnObis) return 'electricity';
  return quantities.has('pulse_count') ? 'pulses' : 'environment';
}

function vectorOf(codec: CatalogueCodec, example: CatalogueExample): object[] {
  if (example.kind !== 'decodeUplink') return [];
  const { bytes, fPort = 1, recvTime, variables } = example.input;
  const errors = errorsOf(example.expected);
  const data = dataOf(example.expected);
  // fPort 0 carries MAC commands: no decoder of ours is ever called with it.
  if (fPort === 0 || (errors.length === 0 && data === undefined)) return [];
  const hex = new Scalar(Uint8Array.from(bytes).toHex());
  hex.type = Scalar.QUOTE_DOUBLE;
  return [
    {
      name: example.description,
      source: `${codec.file}, its example`,
      fPort,
      hex,
      ...(recvTime === undefined ? {} : { recvTime: recvTime.toISOString() }),
      ...(variables === undefined ? {} : { variables }),
      ...(errors.length > 0 ? { refused: errors[0] } : { data }),
    },
  ];
}

function errorsOf(expected: unknown): string[] {
  const errors = fieldOf(expected, 'errors');
  return Array.isArray(errors) ? errors.filter((error) => typeof error === 'string') : [];
}

function dataOf(expected: unknown): Record<string, unknown> | undefined {
  const data = fieldOf(expected, 'data');
  return typeof data === 'object' && data !== null && !Array.isArray(data)
    ? (data as Record<string, unknown>)
    : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
