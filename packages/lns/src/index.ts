export { readLnsMessage } from './read-lns-message.ts';
export type { BrokenCode, BrokenReading, LnsReading } from './reading.ts';
export { CHIRPSTACK_TOPIC_FILTERS, TTS_TOPIC_FILTERS } from './topic.ts';
