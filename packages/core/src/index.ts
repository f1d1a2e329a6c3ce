export { IsolaneError, isIsolaneError } from '@isolane/record'
export type { IsolaneErrorCode, IsolaneErrorOptions } from '@isolane/record'
export type {
  Above,
  DisposeContext,
  Env,
  Evidence,
  Holdings,
  LaneFacts,
  OpenContext,
  PrepareContext,
  Provisioned,
  ProvisionContext,
  ResetContext,
  ResetOutcome,
  Resource,
} from './resource.ts'
export type { Threads } from './provision/threads.ts'
