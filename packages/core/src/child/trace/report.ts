// What is needed of a trace only when something was found.
export { IsolaneError, keyPath, TestKeys } from '@isolane/record/worker'
export { findingHint, findingText } from './finding.ts'
