export { IsolaneError, isIsolaneError, presentable } from './errors.ts'
export type { IsolaneErrorCode, IsolaneErrorOptions } from './errors.ts'
export { isFailure, recordFormat } from './format.ts'
export type {
  Attempt,
  Collected,
  End,
  ErrorLine,
  Header,
  LaneEvent,
  Missing,
  Outcome,
  RecordError,
  RecordLine,
  Touch,
  Warning,
  WorkerEvent,
} from './lines.ts'
export { parseRecord, readRecord, recordOf } from './reader.ts'
export type { TestRecord } from './reader.ts'
export { reconcile } from './reconcile.ts'
export { errorSignature, normalizeMessage, signatureFrame, toRecordError } from './signature.ts'
export type { RawError } from './signature.ts'
export { keyPath, testKey, TestKeys } from './test-key.ts'
export type { TestKey, TestName } from './test-key.ts'
export { RecordWriter } from './writer.ts'
