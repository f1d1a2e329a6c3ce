// For reporters, which live in a runner's process and check no record: the rest of the package takes longer to load.
export { isFailure, recordFormat } from './format.ts'
export { reconcile } from './reconcile.ts'
export { toRecordError } from './signature.ts'
export { keyPath, TestKeys } from './test-key.ts'
export { RecordWriter } from './writer.ts'
