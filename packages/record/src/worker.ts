// What a worker needs to add lines to a record. The rest of the package checks what it reads, and takes longer to load.
export { IsolaneError } from './errors.ts'
export { keyPath, TestKeys } from './test-key.ts'
export { RecordWriter } from './writer.ts'
