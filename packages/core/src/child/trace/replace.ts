import { callWatcher } from '@isolane/record/observe'
import { currentScope } from './scope.ts'

/** Has a method tell its arguments to `look` before it does its work, where that is on the account of a scope. */
export const onCall = callWatcher(() => currentScope() !== undefined)
