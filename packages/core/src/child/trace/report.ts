// What is needed to tell what a trace has found.
export { IsolaneError, keyPath, TestKeys } from '@isolane/record/worker'
export { findingHint, findingText } from './finding.ts'
