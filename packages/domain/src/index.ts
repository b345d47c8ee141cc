export {
  BALANCE_GAPS,
  BALANCE_VERDICTS,
  type BalanceGap,
  type BalanceJudgement,
  type BalanceSides,
  type BalanceVerdict,
  judgeBalance,
} from './balance.ts';
export { DevEui, deviceNamed } from './dev-eui.ts';
export { messageOf, VeilleurError } from './error.ts';
export {
  type DeviceEvent,
  type DeviceEventKind,
  type Frame,
  type LnsDevice,
  type LnsFormat,
  RECEPTIONS_MAX,
  type Reception,
} from './frame.ts';
export { CHANNEL_MAX, type Measurement, QUALITIES, type Quality } from './measurement.ts';
export { isQuantity, QUANTITIES, type Quantity, type QuantityDefinition } from './quantity.ts';
export { isSecretTag, SECRET_TAG, shownTags } from './secret-tag.ts';
export { storableText } from './storable-text.ts';
export { isTimeZone } from './time-zone.ts';
