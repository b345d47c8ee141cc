/**
 * Uplinks as ChirpStack v4 publishes them, some 1 kB of JSON, made fast enough to load what they measure.
 * Every one is a frame of its own: uplink `i` is number `i / devices` of device `i % devices`.
 */
export type PayloadKind =
  /** Four measurements: battery, temperature, distance, position (Milesight EM400-MUD). */
  | 'four-values'
  /** Sixteen hourly volumes, fifteen of which the device's last frame told too (Axioma Qalcosonic W1). */
  | 'sixteen-hours';

export interface UplinkPlan {
  readonly kind: PayloadKind;
  readonly devices: number;
  /** DevEUIs count from here, so that runs after one another bring other devices or the same. */
  readonly firstDevice: number;
  readonly firstFCnt: number;
  /** When the frame is received: the moment of its publishing, or an hour of the past by fCnt. */
  readonly receivedAt: 'now' | 'hourly';
}

const HOUR_MS = 3_600_000;
/** Hour 0 of an hourly plan. */
export const HOURLY_START_MS = Date.UTC(2026, 0, 1);

const PROFILE = { 'four-values': 'milesight/em400-mud', 'sixteen-hours': 'axioma/qalcosonic-w1' } as const;
const F_PORT = { 'four-values': 85, 'sixteen-hours': 100 } as const;

export function uplinkAt(plan: UplinkPlan, i: number): { readonly topic: string; readonly payload: string } {
  const device = plan.firstDevice + (i % plan.devices);
  const hour = plan.firstFCnt + Math.floor(i / plan.devices);
  const devEui = `70b3d5e75e${device.toString(16).padStart(6, '0')}`;
  // Meters report all over the hour.
  const hourlyMs = HOURLY_START_MS + hour * HOUR_MS + Math.floor((device * 2_654_435_761) % HOUR_MS);
  const time = new Date(plan.receivedAt === 'now' ? Date.now() : hourlyMs).toISOString();
  const data = plan.kind === 'four-values' ? fourValues(i) : sixteenHours(device, hour);
  return {
    topic: `application/ae2012c2-75a1-407d-98ab-1520fb511edf/device/${devEui}/event/up`,
    payload: `{"deduplicationId":"3ac7e3c4-4401-4b8d-9386-${hex(i, 12)}","time":"${time}","deviceInfo":{"tenantId":"52f14cd4-c6f1-4fbd-8f87-4025e1d49242","tenantName":"Mulhouse","applicationId":"ae2012c2-75a1-407d-98ab-1520fb511edf","applicationName":"compteurs","deviceProfileId":"14855bf7-d10d-4aee-b618-ebfcb64dc7ad","deviceProfileName":"${PROFILE[plan.kind]}","deviceName":"meter ${devEui}","devEui":"${devEui}","deviceClassEnabled":"CLASS_A","tags":{}},"devAddr":"${hex(device, 8)}","adr":true,"dr":5,"fCnt":${hour},"fPort":${F_PORT[plan.kind]},"confirmed":false,"data":"${data.toString('base64')}","rxInfo":[{"gatewayId":"0016c001ff10a235","uplinkId":40598,"nsTime":"${time}","rssi":-97,"snr":8.5,"channel":2,"location":{"latitude":47.75,"longitude":7.34},"context":"4vpaxQ==","crcStatus":"CRC_OK"}],"txInfo":{"frequency":868100000,"modulation":{"lora":{"bandwidth":125000,"spreadingFactor":7,"codeRate":"CR_4_5"}}},"regionConfigId":"eu868"}`,
  };
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function fourValues(i: number): Buffer {
  const bytes = Buffer.from('01755c0367000004820000050001', 'hex');
  bytes.writeInt16LE(i % 400, 5);
  bytes.writeUInt16LE(i % 4000, 9);
  return bytes;
}

/**
 * An Extended frame: the present volume, and the readings on the last 16 hours. Hour h of device d reads
 * 100 m3 and h times 10 + d % 50 litres.
 */
function sixteenHours(device: number, hour: number): Buffer {
  const litresAnHour = 10 + (device % 50);
  const litresAt = (h: number) => 100_000 + h * litresAnHour;
  const hourStart_s = HOURLY_START_MS / 1000 + hour * 3600;
  const bytes = Buffer.alloc(47);
  bytes.writeUInt32LE(hourStart_s + (device % 3000) + 1, 0);
  bytes.writeUInt32LE(litresAt(hour), 5);
  bytes.writeUInt32LE(hourStart_s - 15 * 3600, 9);
  bytes.writeUInt32LE(litresAt(hour - 15), 13);
  for (let at = 17; at < 47; at += 2) bytes.writeUInt16LE(litresAnHour, at);
  return bytes;
}
