export { Acknowledgements } from './acknowledgements.ts';
export { BRIDGE_TOPIC_FILTERS, type Bridge, type BridgeDependencies, startBridge } from './bridge.ts';
export { type BridgeConfig, type BridgeProgramConfig, readBridgeConfig } from './config.ts';
export { decodedFrame } from './decoded-frame.ts';
export { main } from './main.ts';
export type { BridgeCounts } from './metrics.ts';
export { type Retirement, retireBridge } from './retire.ts';
