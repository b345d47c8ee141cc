export { ConfigError, flag, portNumber, readEnvironment, settingOf } from './config.ts';
export { holidayCalendar, holidaysOf } from './holidays.ts';
export { type Language, languageOf } from './language.ts';
export { type Running, runUntilSignal } from './lifecycle.ts';
export { createLogger, LOG_LEVELS, type Logger, type LogLevel, withoutPassword } from './log.ts';
export { Counter, createMetrics, Gauge, Histogram, type Registry } from './metrics.ts';
export { readSecret, type Secret, type SecretPlace } from './secret.ts';
export { serveMetrics } from './serve-metrics.ts';
export { cityZone, timeZoneName, zoneOf } from './time-zone.ts';
