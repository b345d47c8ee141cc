export { readDataConnectContract } from './enedis/contract.ts';
export { type DataConnectOptions, readDataConnect } from './enedis/read-data-connect.ts';
export { type EnedisCsvOptions, readEnedisCsv } from './enedis/read-enedis-csv.ts';
export { FakeEnedis } from './fake/fake-enedis.ts';
export { type FakeGasDay, FakeGrdf } from './fake/fake-grdf.ts';
export type { OperatorFault } from './fake/fake-operator.ts';
export { readGrdfAdict } from './grdf/adict.ts';
export { type GrdfExcelOptions, readGrdfExcel } from './grdf/read-grdf-excel.ts';
export { type GrdfOptions, readGrdfJson } from './grdf/read-grdf-json.ts';
export {
  type Collected,
  collectImport,
  type ImportCheckpoint,
  type ImportEnd,
  type ImportOptions,
  type OperatorItem,
} from './import.ts';
export { type EnedisMeasure, enedisApi } from './pull/enedis-api.ts';
export { grdfApi } from './pull/grdf-api.ts';
export type { OperatorApi } from './pull/operator-api.ts';
export { type PullCheckpoint, type PullItem, type PullOptions, pullOperator } from './pull/pull-operator.ts';
export type { RetrySettings, World } from './pull/transport.ts';
export type {
  ContractFact,
  IndexReading,
  IntervalReading,
  MissingReading,
  Operator,
  OperatorProblem,
  OperatorQuantity,
  OperatorReading,
  ReadingQuality,
  ReadingUnit,
} from './reading.ts';
export { type OperatorFormat, type Recognised, recogniseFileOf, recogniseOperatorFile } from './recognise.ts';
export type { ByteStream } from './source.ts';
export { type WaterMapping, waterMapping } from './water/mapping.ts';
export { readWaterCsv, type WaterCsvOptions } from './water/read-water-csv.ts';
