export { IsolaneError, isIsolaneError } from './errors.ts'
export type { IsolaneErrorCode, IsolaneErrorOptions } from './errors.ts'
