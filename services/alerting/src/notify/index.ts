export { type ChannelConfig, type Notifications, readNotificationsFile } from './notifications-file.ts';
export { type NotifyingConfig, type NotifyingDependencies, startNotifying } from './start-notifying.ts';
