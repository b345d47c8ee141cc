import { setTimeout as sleep } from 'node:timers/promises';

import { ApplicationServiceService } from '@chirpstack/chirpstack-api/api/application_grpc_pb.js';
import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js';
import { DeviceServiceService } from '@chirpstack/chirpstack-api/api/device_grpc_pb.js';
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js';
import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js';
import deviceProfilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js';
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import commonPb from '@chirpstack/chirpstack-api/common/common_pb.js';
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { VeilleurError } from '@veilleur/domain';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';

import { chirpStackAddress } from './chirpstack-address.ts';
import { isLnsError, lnsError } from './chirpstack-error.ts';
import { Secret } from './secret.ts';

export interface ChirpStackOptions {
  /** `grpc://host:8080` without TLS, `https://host` with it. */
  readonly url: string;
  readonly apiKey: Secret | string;
  /** How long one attempt may take. */
  readonly deadlineMs?: number;
  /** How often a call is tried in all, where ChirpStack does not answer. */
  readonly attempts?: number;
  /** The wait before the second attempt; each further one doubles it. */
  readonly backoffMs?: number;
  /** PEM of the authority that signed ChirpStack's certificate, where the system does not know it. */
  readonly caCertificate?: string;
}

export interface Named {
  readonly id: string;
  readonly name: string;
}

const PAGE_SIZE = 500;

/**
 * ChirpStack v4's gRPC API as promises: the calls that provisioning needs, in ChirpStack's messages.
 *
 * Every call has a deadline, and is tried again where there was no answer. After that, a create may
 * have been done without our knowing: the retry then fails with `lns_already_exists`, and the caller
 * reads again what is there.
 *
 * Every method throws VeilleurError with an `LnsErrorCode`.
 */
export class ChirpStackClient {
  readonly #client: Client;
  readonly #target: string;
  readonly #metadata: Metadata;
  readonly #deadlineMs: number;
  readonly #attempts: number;
  readonly #backoffMs: number;

  /** Connects on the first call. @throws VeilleurError `lns_url_invalid`, `lns_api_key_invalid` */
  constructor(options: ChirpStackOptions) {
    const { target, tls } = chirpStackAddress(options.url);
    this.#target = target;
    this.#deadlineMs = options.deadlineMs ?? 10_000;
    this.#attempts = options.attempts ?? 4;
    this.#backoffMs = options.backoffMs ?? 250;
    this.#metadata = bearer(options.apiKey);
    this.#client = new Client(target, tls ? tlsWith(options.caCertificate) : credentials.createInsecure(), {
      // gRPC's own pause after a failed connection (1 s, then up to 2 min) would outlast our retries.
      'grpc.initial_reconnect_backoff_ms': this.#backoffMs / 2,
      'grpc.max_reconnect_backoff_ms': this.#backoffMs * 2,
    });
  }

  close(): void {
    this.#client.close();
  }

  /** Only a global admin key may: a tenant's key gets `lns_forbidden`. */
  async tenants(): Promise<Named[]> {
    return this.#pages(async (limit, offset) => {
      const request = new tenantPb.ListTenantsRequest();
      request.setLimit(limit);
      request.setOffset(offset);
      return this.#call(TenantServiceService.list, request);
    });
  }

  async applications(tenantId: string): Promise<Named[]> {
    return this.#pages(async (limit, offset) => {
      const request = new applicationPb.ListApplicationsRequest();
      request.setTenantId(tenantId);
      request.setLimit(limit);
      request.setOffset(offset);
      return this.#call(ApplicationServiceService.list, request);
    });
  }

  /** The new application's id. */
  async createApplication(application: applicationPb.Application): Promise<string> {
    const request = new applicationPb.CreateApplicationRequest();
    request.setApplication(application);
    return (await this.#call(ApplicationServiceService.create, request)).getId();
  }

  /** Those of the tenant, not the global ones. */
  async deviceProfiles(tenantId: string): Promise<Named[]> {
    return this.#pages(async (limit, offset) => {
      const request = new deviceProfilePb.ListDeviceProfilesRequest();
      request.setTenantId(tenantId);
      request.setTenantOnly(true);
      request.setLimit(limit);
      request.setOffset(offset);
      return this.#call(DeviceProfileServiceService.list, request);
    });
  }

  async deviceProfile(id: string): Promise<deviceProfilePb.DeviceProfile> {
    const request = new deviceProfilePb.GetDeviceProfileRequest();
    request.setId(id);
    const response = await this.#call(DeviceProfileServiceService.get, request);
    return response.getDeviceProfile() ?? new deviceProfilePb.DeviceProfile();
  }

  /** The new profile's id. */
  async createDeviceProfile(profile: deviceProfilePb.DeviceProfile): Promise<string> {
    const request = new deviceProfilePb.CreateDeviceProfileRequest();
    request.setDeviceProfile(profile);
    return (await this.#call(DeviceProfileServiceService.create, request)).getId();
  }

  async updateDeviceProfile(profile: deviceProfilePb.DeviceProfile): Promise<void> {
    const request = new deviceProfilePb.UpdateDeviceProfileRequest();
    request.setDeviceProfile(profile);
    await this.#call(DeviceProfileServiceService.update, request);
  }

  /**
   * For a DevEUI that nobody has registered, a global admin key gets `lns_not_found`, but a tenant's key
   * `lns_forbidden`: ChirpStack looks for the right on the device first (api/auth/validator.rs).
   */
  async device(devEui: string): Promise<devicePb.Device> {
    const request = new devicePb.GetDeviceRequest();
    request.setDevEui(devEui);
    const response = await this.#call(DeviceServiceService.get, request);
    return response.getDevice() ?? new devicePb.Device();
  }

  async createDevice(device: devicePb.Device): Promise<void> {
    const request = new devicePb.CreateDeviceRequest();
    request.setDevice(device);
    await this.#call(DeviceServiceService.create, request);
  }

  async updateDevice(device: devicePb.Device): Promise<void> {
    const request = new devicePb.UpdateDeviceRequest();
    request.setDevice(device);
    await this.#call(DeviceServiceService.update, request);
  }

  /** Its keys go with it. A device that is not there is deleted already. */
  async deleteDevice(devEui: string): Promise<void> {
    const request = new devicePb.DeleteDeviceRequest();
    request.setDevEui(devEui);
    try {
      await this.#call(DeviceServiceService.delete, request);
    } catch (error) {
      if (!isLnsError(error, 'lns_not_found')) throw error;
    }
  }

  /** The root key, or undefined for a device that has none. */
  async nwkKey(devEui: string): Promise<Secret | undefined> {
    const request = new devicePb.GetDeviceKeysRequest();
    request.setDevEui(devEui);
    try {
      const response = await this.#call(DeviceServiceService.getKeys, request);
      return new Secret(response.getDeviceKeys()?.getNwkKey() ?? '');
    } catch (error) {
      if (isLnsError(error, 'lns_not_found')) return undefined;
      throw error;
    }
  }

  async createNwkKey(devEui: string, key: Secret): Promise<void> {
    const request = new devicePb.CreateDeviceKeysRequest();
    request.setDeviceKeys(deviceKeys(devEui, key));
    await this.#call(DeviceServiceService.createKeys, request);
  }

  async updateNwkKey(devEui: string, key: Secret): Promise<void> {
    const request = new devicePb.UpdateDeviceKeysRequest();
    request.setDeviceKeys(deviceKeys(devEui, key));
    await this.#call(DeviceServiceService.updateKeys, request);
  }

  /**
   * How many uplinks of a device ChirpStack has accepted, by hour (which it keeps for two days) or by day
   * of its own time zone (for two months); without the last hour or day, which is not over. It keeps the
   * counts in Redis and tells 0 of those that it has no more.
   */
  async uplinkCounts(
    devEui: string,
    { from, to, by }: { readonly from: Date; readonly to: Date; readonly by: 'hour' | 'day' },
  ): Promise<readonly { readonly from: Date; readonly to: Date; readonly uplinks: number }[]> {
    const request = new devicePb.GetDeviceLinkMetricsRequest();
    request.setDevEui(devEui);
    request.setStart(timestampPb.Timestamp.fromDate(from));
    request.setEnd(timestampPb.Timestamp.fromDate(to));
    request.setAggregation(by === 'hour' ? commonPb.Aggregation.HOUR : commonPb.Aggregation.DAY);
    const metric = (await this.#call(DeviceServiceService.getLinkMetrics, request)).getRxPackets();
    const starts = (metric?.getTimestampsList() ?? []).map((timestamp) => timestamp.toDate());
    const counts = metric?.getDatasetsList()[0]?.getDataList() ?? [];
    return starts.flatMap((start, i) => {
      const next = starts[i + 1];
      return next === undefined ? [] : [{ from: start, to: next, uplinks: counts[i] ?? 0 }];
    });
  }

  async #pages(
    page: (
      limit: number,
      offset: number,
    ) => Promise<{
      getTotalCount(): number;
      getResultList(): { getId(): string; getName(): string }[];
    }>,
  ): Promise<Named[]> {
    const found: Named[] = [];
    for (;;) {
      const response = await page(PAGE_SIZE, found.length);
      const rows = response.getResultList();
      found.push(...rows.map((row) => ({ id: row.getId(), name: row.getName() })));
      if (rows.length === 0 || found.length >= response.getTotalCount()) return found;
    }
  }

  async #call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(method, request);
      } catch (error) {
        const transient = isLnsError(error, 'lns_unreachable', 'lns_slow', 'lns_busy');
        if (!transient || attempt >= this.#attempts) throw error;
        await sleep(this.#backoffMs * 2 ** (attempt - 1));
      }
    }
  }

  #attempt<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
  ): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const done = (failure: ServiceError | null, response?: Response) => {
      if (failure === null && response !== undefined) resolve(response);
      else
        reject(
          lnsError(
            { method: method.path, target: this.#target },
            failure ?? { code: status.INTERNAL, details: 'empty answer' },
          ),
        );
    };
    this.#client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      this.#metadata,
      { deadline: Date.now() + this.#deadlineMs },
      done,
    );
    return promise;
  }
}

/** LoRaWAN 1.0.x knows one root key, the AppKey. ChirpStack keeps it where 1.1 has the NwkKey. */
function deviceKeys(devEui: string, key: Secret): devicePb.DeviceKeys {
  const keys = new devicePb.DeviceKeys();
  keys.setDevEui(devEui);
  keys.setNwkKey(key.reveal());
  return keys;
}

function bearer(apiKey: Secret | string): Metadata {
  const text = (typeof apiKey === 'string' ? apiKey : apiKey.reveal()).trim();
  // Beyond these characters gRPC throws an error that quotes the value.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new VeilleurError('lns_api_key_invalid', 'The API key is empty or has characters that no key has', {
      remedy: 'Copy the whole API key from ChirpStack (Tenant > API keys), without "Bearer".',
    });
  }
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${text}`);
  return metadata;
}

function tlsWith(caCertificate: string | undefined) {
  return credentials.createSsl(caCertificate === undefined ? null : Buffer.from(caCertificate));
}
