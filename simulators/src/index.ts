export type { ChirpStackUplink } from './chirpstack.ts';
export { type DemoCounts, type DemoOptions, type RunningDemo, runDemo } from './demo.ts';
export { type Encode, type SimulatedDevice, simulatedDevEui, type Uplink } from './device.ts';
export { createFleet, DEMO_FLEET, type Fleet, type FleetOptions } from './fleet.ts';
export type { Medium, Truth } from './model.ts';
