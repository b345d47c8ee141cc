import { createHash } from 'node:crypto';

import deviceProfilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js';
import { VeilleurError } from '@veilleur/domain';

import type { Difference } from './report.ts';

/** What ChirpStack must know of a Veilleur profile. */
export interface LnsDeviceProfile {
  /** The profile's name in ChirpStack, unique in the tenant: `Veilleur axioma/qalcosonic-w1`. */
  readonly name: string;
  /** LoRaWAN L2 version: `1.0.3`. */
  readonly macVersion: string;
  /** Regional parameters: `RP001-1.0.3-RevA`, `RP002-1.0.3`, or ChirpStack's `A` and `B`. */
  readonly regParams: string;
  readonly class: 'A' | 'B' | 'C';
  /** OTAA. */
  readonly supportsJoin: boolean;
  /** A TS013 decoder for ChirpStack to run as well. Veilleur does not need it. */
  readonly codecScript?: string;
  /** How often the device is heard: ChirpStack shows silent ones by it. */
  readonly reportIntervalSeconds?: number;
}

/** ChirpStack's regions: `EU868` is Europe's. */
export type Region = keyof commonPb.RegionMap;

const MAC_VERSIONS = {
  '1.0.0': commonPb.MacVersion.LORAWAN_1_0_0,
  '1.0.1': commonPb.MacVersion.LORAWAN_1_0_1,
  '1.0.2': commonPb.MacVersion.LORAWAN_1_0_2,
  '1.0.3': commonPb.MacVersion.LORAWAN_1_0_3,
  '1.0.4': commonPb.MacVersion.LORAWAN_1_0_4,
} as const;

const { RegParamsRevision } = commonPb;

/** ChirpStack's revisions A and B are those of RP001. */
const REG_PARAMS = [
  [/^(RP001.*Rev)?B$/i, RegParamsRevision.B],
  [/^(RP001.*|A)$/i, RegParamsRevision.A],
  [/^RP002-1\.0\.0$/i, RegParamsRevision.RP002_1_0_0],
  [/^RP002-1\.0\.1$/i, RegParamsRevision.RP002_1_0_1],
  [/^RP002-1\.0\.2$/i, RegParamsRevision.RP002_1_0_2],
  [/^RP002-1\.0\.3$/i, RegParamsRevision.RP002_1_0_3],
  [/^RP002-1\.0\.4$/i, RegParamsRevision.RP002_1_0_4],
  [/^RP002-1\.0\.5$/i, RegParamsRevision.RP002_1_0_5],
] as const;

/**
 * The profile as a ChirpStack message, with what ChirpStack's own form sets by default.
 *
 * @throws VeilleurError `profile_not_provisionable`: LoRaWAN 1.1 and ABP need keys that an order has not.
 */
export function toChirpStackProfile(
  profile: LnsDeviceProfile,
  { tenantId, region }: { readonly tenantId: string; readonly region: Region },
): deviceProfilePb.DeviceProfile {
  const macVersion = MAC_VERSIONS[profile.macVersion as keyof typeof MAC_VERSIONS];
  const regParams = REG_PARAMS.find(([pattern]) => pattern.test(profile.regParams))?.[1];
  if (macVersion === undefined) {
    throw refused(
      profile,
      `LoRaWAN ${profile.macVersion} is not one of ${Object.keys(MAC_VERSIONS).join(', ')}`,
    );
  }
  if (regParams === undefined)
    throw refused(profile, `the regional parameters "${profile.regParams}" are not known`);
  if (!profile.supportsJoin)
    throw refused(profile, 'its devices do not join (ABP), and an order has no session keys');

  const message = new deviceProfilePb.DeviceProfile();
  message.setTenantId(tenantId);
  message.setName(profile.name);
  message.setDescription('Made by Veilleur.');
  message.setRegion(commonPb.Region[region]);
  message.setMacVersion(macVersion);
  message.setRegParamsRevision(regParams);
  message.setAdrAlgorithmId('default');
  message.setSupportsOtaa(true);
  message.setSupportsClassB(profile.class === 'B');
  message.setSupportsClassC(profile.class === 'C');
  message.setUplinkInterval(profile.reportIntervalSeconds ?? 3600);
  message.setFlushQueueOnActivate(true);
  message.setAutoDetectMeasurements(true);
  setCodec(message, profile.codecScript);
  const layer = new deviceProfilePb.AppLayerParams();
  layer.setTs003FPort(202);
  layer.setTs004FPort(201);
  layer.setTs005FPort(200);
  message.setAppLayerParams(layer);
  return message;
}

/** What of a profile in ChirpStack is not as wanted. What we have no opinion on is no difference. */
export function profileDifferences(
  wanted: deviceProfilePb.DeviceProfile,
  found: deviceProfilePb.DeviceProfile,
): Difference[] {
  return COMPARED.flatMap(({ field, read }) => {
    const [want, have] = [read(wanted), read(found)];
    return want === have ? [] : [{ field, wanted: want, found: have }];
  });
}

/** Brings the compared fields of a profile to what is wanted, and leaves the rest as it is. */
export function adjustProfile(
  found: deviceProfilePb.DeviceProfile,
  wanted: deviceProfilePb.DeviceProfile,
): void {
  found.setRegion(wanted.getRegion());
  found.setMacVersion(wanted.getMacVersion());
  found.setRegParamsRevision(wanted.getRegParamsRevision());
  found.setSupportsOtaa(wanted.getSupportsOtaa());
  found.setSupportsClassB(wanted.getSupportsClassB());
  found.setSupportsClassC(wanted.getSupportsClassC());
  setCodec(found, wanted.getPayloadCodecScript());
}

const COMPARED: readonly {
  readonly field: string;
  readonly read: (profile: deviceProfilePb.DeviceProfile) => string;
}[] = [
  { field: 'region', read: (profile) => nameIn(commonPb.Region, profile.getRegion()) },
  { field: 'macVersion', read: (profile) => nameIn(commonPb.MacVersion, profile.getMacVersion()) },
  { field: 'regParams', read: (profile) => nameIn(RegParamsRevision, profile.getRegParamsRevision()) },
  { field: 'supportsJoin', read: (profile) => String(profile.getSupportsOtaa()) },
  { field: 'classB', read: (profile) => String(profile.getSupportsClassB()) },
  { field: 'classC', read: (profile) => String(profile.getSupportsClassC()) },
  { field: 'codecScript', read: codecOf },
];

function setCodec(message: deviceProfilePb.DeviceProfile, script: string | undefined): void {
  const { JS, NONE } = deviceProfilePb.CodecRuntime;
  message.setPayloadCodecRuntime(script ? JS : NONE);
  message.setPayloadCodecScript(script ?? '');
}

/** A script is too long for a report: a digest tells two of them apart. */
function codecOf(message: deviceProfilePb.DeviceProfile): string {
  const runtime = nameIn(deviceProfilePb.CodecRuntime, message.getPayloadCodecRuntime());
  const script = message.getPayloadCodecScript();
  return runtime === 'JS'
    ? `JS, SHA-256 ${createHash('sha256').update(script).digest('hex').slice(0, 12)}`
    : runtime;
}

function nameIn(values: object, value: number): string {
  return Object.entries(values).find(([, number]) => number === value)?.[0] ?? String(value);
}

function refused(profile: LnsDeviceProfile, why: string): VeilleurError {
  return new VeilleurError('profile_not_provisionable', `${profile.name}: ${why}`, {
    remedy: 'Register these devices in ChirpStack by hand; Veilleur reads their frames all the same.',
  });
}
