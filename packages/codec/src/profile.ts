import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { messageOf, VeilleurError } from '@veilleur/domain';
import type { z } from 'zod';

import { type DecodeInput, type DecodeResult, decodeFrame } from './decode.ts';
import { compileMapping, type Mapping } from './mapping.ts';
import {
  type ProfileFile,
  profileSchema,
  type StrangersProfileFile,
  strangersProfileSchema,
} from './profile-file.ts';
import { compileEncoder, compileReviewedScript } from './reviewed-script.ts';
import { type Codec, codecOf } from './sandbox/call.ts';
import type { Encoder } from './ts013.ts';
import { type Vector, vectorsSchema } from './vectors.ts';
import { readYamlFile } from './yaml-file.ts';

export interface EncodedUplink {
  readonly bytes: Uint8Array;
  readonly fPort: number;
}

/** How one type of device is read: identity, decoder, mapping to quantities, and proof. */
export type Profile = ReviewedProfile | SandboxedProfile;

interface ProfileIdentity {
  /** `<vendor>/<device>`, the two folders that the profile lies in. */
  readonly id: string;
  readonly folder: string;
  /** SHA-256 of what decides how a frame is read, decoder and mapping: another digest is another version. */
  readonly digest: string;
  readonly vectors: readonly Vector[];
}

/** A profile of this repository: its decoder was read by us and runs in this process. */
export interface ReviewedProfile extends ProfileIdentity, Omit<ProfileFile, 'measurements'> {
  readonly execution: 'in_process';
  /** Never throws. */
  decode(input: DecodeInput): DecodeResult;
  /**
   * Makes the frame that decodes to `data`, for simulators and tests. Only where the profile has an
   * encoder.
   *
   * @throws VeilleurError `profile_encode_impossible`: `data` does not fit the frame.
   */
  readonly encode?: (data: unknown) => EncodedUplink;
}

/** A stranger's profile: nobody here has read its decoder, so it runs in the sandbox and nowhere else. */
export interface SandboxedProfile extends ProfileIdentity, Omit<StrangersProfileFile, 'measurements'> {
  readonly execution: 'sandboxed';
  readonly codec: Codec;
  readonly mapping: Mapping;
}

/**
 * Loads a profile whose decoder was reviewed, from a folder `<vendor>/<device>`. Its code runs in this
 * process with all its rights: never call this on a folder that somebody else filled.
 *
 * @throws VeilleurError `profile_not_found`, `profile_invalid`, `profile_decoder_missing`,
 *   `profile_script_invalid`, `profile_vectors_invalid`: each names the file, the place and a remedy.
 */
export async function loadReviewedProfile(folder: string): Promise<ReviewedProfile> {
  const { identity, mapping, source } = await readProfile(folder, profileSchema);
  const { id, fPorts, folder: path } = identity;
  const plan = { fPorts, decoder: compileReviewedScript(source, join(path, 'decoder.js')), mapping };
  const encoder = await readEncoder(path);
  return {
    ...identity,
    execution: 'in_process',
    decode: (input) => decodeFrame(plan, input),
    ...(encoder === undefined ? {} : { encode: (data: unknown) => encodeWith(encoder, id, data) }),
  };
}

/**
 * Loads a profile with a stranger's decoder, none of whose code runs here.
 *
 * @throws as `loadReviewedProfile` does, but for the script: the sandbox finds out whether it parses.
 */
export async function loadSandboxedProfile(folder: string): Promise<SandboxedProfile> {
  const { identity, mapping, source } = await readProfile(folder, strangersProfileSchema);
  return { ...identity, execution: 'sandboxed', codec: codecOf(source), mapping };
}

async function readProfile<T extends StrangersProfileFile>(folder: string, schema: z.ZodType<T>) {
  const path = resolve(folder);
  const { measurements, ...description } = await readProfileFile(path, schema);
  const source = await readDecoder(path);
  const identity: ProfileIdentity = {
    id: `${basename(dirname(path))}/${basename(path)}`,
    folder: path,
    digest: createHash('sha256')
      .update(JSON.stringify([source, description.fPorts, measurements]))
      .digest('hex'),
    vectors: await readVectors(path),
  };
  return { identity: { ...description, ...identity }, mapping: compileMapping(measurements), source };
}

async function readProfileFile<T extends z.ZodType>(folder: string, schema: T): Promise<z.output<T>> {
  const file = join(folder, 'profile.yaml');
  if (!(await exists(file))) {
    throw new VeilleurError('profile_not_found', `${file} does not exist`, {
      remedy:
        'A profile is a folder device-profiles/<vendor>/<device> with profile.yaml and decoder.js in it.',
    });
  }
  return readYamlFile(
    file,
    schema,
    'profile_invalid',
    'Compare with device-profiles/example-vendor/example-sensor/profile.yaml, where each line is explained.',
  );
}

async function readDecoder(folder: string): Promise<string> {
  const file = join(folder, 'decoder.js');
  if (!(await exists(file))) {
    throw new VeilleurError('profile_decoder_missing', `${file} does not exist`, {
      remedy: 'Put the TS013 script there, with `function decodeUplink(input)` at its top level.',
    });
  }
  return readFile(file, 'utf8');
}

async function readEncoder(folder: string): Promise<Encoder | undefined> {
  const file = join(folder, 'encoder.js');
  return (await exists(file)) ? compileEncoder(await readFile(file, 'utf8'), file) : undefined;
}

async function readVectors(folder: string): Promise<Vector[]> {
  // JSON is YAML, so one reader serves both, with places.
  for (const name of ['vectors.yaml', 'vectors.json']) {
    const file = join(folder, name);
    if (await exists(file)) {
      return readYamlFile(
        file,
        vectorsSchema,
        'profile_vectors_invalid',
        'Compare with device-profiles/example-vendor/example-sensor/vectors.yaml.',
      );
    }
  }
  return [];
}

function encodeWith(encoder: Encoder, id: string, data: unknown): EncodedUplink {
  try {
    const { bytes, fPort } = encoder.encodeUplink(data);
    return { bytes: Uint8Array.from(bytes), fPort };
  } catch (cause) {
    throw new VeilleurError('profile_encode_impossible', `${id}: ${messageOf(cause)}`, {
      remedy: "Give what the profile's decoder returns as data, within the ranges that its README states.",
      cause,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
