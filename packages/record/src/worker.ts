// For workers and commands, which need names and errors but check no record: the rest of the package takes longer to load.
export { IsolaneError, isIsolaneError, presentable } from './errors.ts'
export type { IsolaneErrorCode, IsolaneErrorOptions } from './errors.ts'
export { plain, plainLines, printable } from './printable.ts'
export { keyPath, TestKeys } from './test-key.ts'
