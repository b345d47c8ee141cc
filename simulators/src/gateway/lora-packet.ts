import imported from 'lora-packet';

/** The package sets `module.exports` to what its types call `default`. */
export const loraPacket = imported as unknown as typeof imported.default;
export type LoraPacket = ReturnType<typeof loraPacket.fromWire>;
