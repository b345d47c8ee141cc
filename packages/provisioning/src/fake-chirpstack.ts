import { randomUUID } from 'node:crypto';

import { ApplicationServiceService } from '@chirpstack/chirpstack-api/api/application_grpc_pb.js';
import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js';
import { DeviceServiceService } from '@chirpstack/chirpstack-api/api/device_grpc_pb.js';
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js';
import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js';
import deviceProfilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js';
import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js';
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js';
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';

import { linkMetrics } from './fake-chirpstack-metrics.ts';
import {
  ADMIN_KEY,
  authorise,
  duplicate,
  existing,
  forbidden,
  pageOf,
  Refusal,
} from './fake-chirpstack-rules.ts';

export interface Fault {
  readonly code: status;
  readonly details?: string;
  /** How many calls fail. All of them, if not given. */
  readonly times?: number;
  /** The call is carried out, and its answer lost. */
  readonly afterwards?: true;
  /** Instead of an answer at once. With `code: OK` the call is slow, and nothing else. */
  readonly delayMs?: number;
  /** Only calls about this device. */
  readonly devEui?: string;
}

/**
 * A ChirpStack v4 for tests: a real gRPC server on a real port over the package's own service
 * definitions, with its memory instead of a database. It answers as chirpstack@d77207c does, oddities
 * included: a missing right is UNAUTHENTICATED without a word, a tenant's key has no right on a device
 * that does not exist, and a duplicate is INTERNAL with PostgreSQL's words.
 */
export class FakeChirpStack {
  readonly tenants = new Map<string, string>();
  readonly applications = new Map<string, applicationPb.Application>();
  readonly profiles = new Map<string, deviceProfilePb.DeviceProfile>();
  readonly devices = new Map<string, devicePb.Device>();
  readonly keys = new Map<string, devicePb.DeviceKeys>();
  readonly ownTenant = this.addTenant('Ville de Clairval');
  /** When ChirpStack accepted uplinks, by DevEUI. */
  readonly uplinks = new Map<string, readonly Date[]>();
  maximumDevices = Number.POSITIVE_INFINITY;
  readonly #calls = new Map<string, number>();
  readonly #faults: { readonly method: string; readonly fault: Fault; left: number }[] = [];
  readonly #server = new Server();
  #port = 0;

  static async start(port = 0): Promise<FakeChirpStack> {
    const fake = new FakeChirpStack();
    fake.#serve();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    fake.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
    fake.#port = await promise;
    return fake;
  }

  get url(): string {
    return `grpc://127.0.0.1:${this.#port}`;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  addTenant(name: string): string {
    const id = randomUUID();
    this.tenants.set(id, name);
    return id;
  }

  addApplication(name: string, tenantId = this.ownTenant): string {
    const application = new applicationPb.Application();
    application.setId(randomUUID());
    application.setTenantId(tenantId);
    application.setName(name);
    this.applications.set(application.getId(), application);
    return application.getId();
  }

  /** A device that somebody has registered, without a key. */
  addDevice(devEui: string, applicationId = this.addApplication('By hand')): devicePb.Device {
    const device = new devicePb.Device();
    device.setDevEui(devEui);
    device.setApplicationId(applicationId);
    this.devices.set(devEui, device);
    return device;
  }

  /** Calls of a method, such as `Device.Create`. */
  calls(method: string): number {
    return this.#calls.get(method) ?? 0;
  }

  /** Calls that would change something, refused ones among them. */
  get writes(): number {
    let sum = 0;
    for (const [method, calls] of this.#calls)
      if (!/\.(Get|GetKeys|GetLinkMetrics|List)$/.test(method)) sum += calls;
    return sum;
  }

  fail(method: string, fault: Fault): void {
    this.#faults.push({ method, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  heal(): void {
    this.#faults.length = 0;
  }

  #serve(): void {
    this.#server.addService(TenantServiceService, {
      list: this.#unary(TenantServiceService.list, (_request, key) => {
        if (key !== ADMIN_KEY) throw forbidden();
        const response = new tenantPb.ListTenantsResponse();
        response.setTotalCount(this.tenants.size);
        for (const [id, name] of this.tenants) {
          const row = new tenantPb.TenantListItem();
          row.setId(id);
          row.setName(name);
          response.addResult(row);
        }
        return response;
      }),
    });
    this.#server.addService(ApplicationServiceService, {
      list: this.#unary(ApplicationServiceService.list, (request) => {
        const rows = [...this.applications.values()].filter((a) => a.getTenantId() === request.getTenantId());
        const response = new applicationPb.ListApplicationsResponse();
        response.setTotalCount(rows.length);
        for (const application of pageOf(rows, request)) {
          const row = new applicationPb.ApplicationListItem();
          row.setId(application.getId());
          row.setName(application.getName());
          response.addResult(row);
        }
        return response;
      }),
      create: this.#unary(ApplicationServiceService.create, (request) => {
        const application = request.getApplication() ?? new applicationPb.Application();
        application.setId(randomUUID());
        this.applications.set(application.getId(), application);
        const response = new applicationPb.CreateApplicationResponse();
        response.setId(application.getId());
        return response;
      }),
    });
    this.#server.addService(DeviceProfileServiceService, {
      list: this.#unary(DeviceProfileServiceService.list, (request) => {
        const rows = [...this.profiles.values()].filter((p) => p.getTenantId() === request.getTenantId());
        const response = new deviceProfilePb.ListDeviceProfilesResponse();
        response.setTotalCount(rows.length);
        for (const profile of pageOf(rows, request)) {
          const row = new deviceProfilePb.DeviceProfileListItem();
          row.setId(profile.getId());
          row.setName(profile.getName());
          response.addResult(row);
        }
        return response;
      }),
      get: this.#unary(DeviceProfileServiceService.get, (request) => {
        const response = new deviceProfilePb.GetDeviceProfileResponse();
        response.setDeviceProfile(existing(this.profiles, request.getId()));
        return response;
      }),
      create: this.#unary(DeviceProfileServiceService.create, (request) => {
        const profile = request.getDeviceProfile() ?? new deviceProfilePb.DeviceProfile();
        profile.setId(randomUUID());
        this.profiles.set(profile.getId(), profile);
        const response = new deviceProfilePb.CreateDeviceProfileResponse();
        response.setId(profile.getId());
        return response;
      }),
      update: this.#unary(DeviceProfileServiceService.update, (request) => {
        const profile = request.getDeviceProfile() ?? new deviceProfilePb.DeviceProfile();
        existing(this.profiles, profile.getId());
        this.profiles.set(profile.getId(), profile);
        return DeviceProfileServiceService.update.responseDeserialize(Buffer.alloc(0));
      }),
    });
    this.#serveDevices();
  }

  #serveDevices(): void {
    const empty = () => DeviceServiceService.create.responseDeserialize(Buffer.alloc(0));
    this.#server.addService(DeviceServiceService, {
      get: this.#unary(DeviceServiceService.get, (request, key) => {
        this.#mayUse(request.getDevEui(), key);
        const response = new devicePb.GetDeviceResponse();
        response.setDevice(existing(this.devices, request.getDevEui()));
        return response;
      }),
      create: this.#unary(DeviceServiceService.create, (request) => {
        const device = request.getDevice() ?? new devicePb.Device();
        existing(this.applications, device.getApplicationId());
        existing(this.profiles, device.getDeviceProfileId());
        if (this.devices.has(device.getDevEui())) throw duplicate('device_pkey');
        if (this.devices.size >= this.maximumDevices) {
          throw new Refusal(
            status.INVALID_ARGUMENT,
            'Not allowed (Max number of devices exceeded for tenant)',
          );
        }
        if (device.getJoinEui() === '') device.setJoinEui('0000000000000000');
        this.devices.set(device.getDevEui(), device);
        return empty();
      }),
      update: this.#unary(DeviceServiceService.update, (request) => {
        const device = request.getDevice() ?? new devicePb.Device();
        existing(this.devices, device.getDevEui());
        this.devices.set(device.getDevEui(), device);
        return empty();
      }),
      delete: this.#unary(DeviceServiceService.delete, (request, key) => {
        this.#mayUse(request.getDevEui(), key);
        existing(this.devices, request.getDevEui());
        this.devices.delete(request.getDevEui());
        this.keys.delete(request.getDevEui());
        return empty();
      }),
      getLinkMetrics: this.#unary(DeviceServiceService.getLinkMetrics, (request, key) => {
        this.#mayUse(request.getDevEui(), key);
        existing(this.devices, request.getDevEui());
        return linkMetrics(request, this.uplinks.get(request.getDevEui()) ?? []);
      }),
      getKeys: this.#unary(DeviceServiceService.getKeys, (request, key) => {
        this.#mayUse(request.getDevEui(), key);
        const response = new devicePb.GetDeviceKeysResponse();
        response.setDeviceKeys(existing(this.keys, request.getDevEui()));
        return response;
      }),
      createKeys: this.#unary(DeviceServiceService.createKeys, (request, key) => {
        const keys = request.getDeviceKeys() ?? new devicePb.DeviceKeys();
        this.#mayUse(keys.getDevEui(), key);
        existing(this.devices, keys.getDevEui());
        if (this.keys.has(keys.getDevEui())) throw duplicate('device_keys_pkey');
        this.keys.set(keys.getDevEui(), keys);
        return empty();
      }),
      updateKeys: this.#unary(DeviceServiceService.updateKeys, (request) => {
        const keys = request.getDeviceKeys() ?? new devicePb.DeviceKeys();
        existing(this.keys, keys.getDevEui());
        this.keys.set(keys.getDevEui(), keys);
        return empty();
      }),
    });
  }

  /** A tenant's key sees the devices of its tenant, and has no right on what does not exist. */
  #mayUse(devEui: string, key: string): void {
    if (key === ADMIN_KEY) return;
    const application = this.applications.get(this.devices.get(devEui)?.getApplicationId() ?? '');
    if (application?.getTenantId() !== this.ownTenant) throw forbidden();
  }

  #unary<Request extends { toObject(): object }, Response>(
    definition: MethodDefinition<Request, Response>,
    answer: (request: Request, apiKey: string) => Response,
  ): handleUnaryCall<Request, Response> {
    const method = definition.path.replace(/^\/api\.(\w+)Service\//, '$1.');
    return (call, callback) => {
      this.#calls.set(method, this.calls(method) + 1);
      const fault = this.#faultFor(method, JSON.stringify(call.request.toObject()));
      const reply = () => {
        try {
          if (fault !== undefined && fault.code !== status.OK && fault.afterwards === undefined) {
            throw new Refusal(fault.code, fault.details ?? '');
          }
          const authorization = String(call.metadata.get('authorization')[0] ?? '');
          const key = authorise(authorization, method);
          const response = answer(call.request, key);
          if (fault?.afterwards === true) throw new Refusal(fault.code, fault.details ?? '');
          callback(null, response);
        } catch (error) {
          const refusal = error instanceof Refusal ? error : new Refusal(status.UNKNOWN, String(error));
          callback({ code: refusal.code, details: refusal.message } as ServiceError);
        }
      };
      if (fault?.delayMs === undefined) reply();
      else setTimeout(reply, fault.delayMs);
    };
  }

  #faultFor(method: string, request: string): Fault | undefined {
    const found = this.#faults.find(
      ({ method: failing, fault, left }) =>
        failing === method &&
        left > 0 &&
        (fault.devEui === undefined || request.includes(`"${fault.devEui}"`)),
    );
    if (found === undefined) return undefined;
    found.left--;
    return found.fault;
  }
}
