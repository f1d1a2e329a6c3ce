export { IsolaneError, isIsolaneError } from '@isolane/record'
export type { IsolaneErrorCode, IsolaneErrorOptions } from '@isolane/record'
export type {
  Above,
  DisposeContext,
  Env,
  Evidence,
  Holdings,
  LaneFacts,
  LeaseHolder,
  OpenContext,
  PrepareContext,
  Provisioned,
  ProvisionContext,
  ResetContext,
  ResetOutcome,
  Resource,
} from './resource.ts'
export type { Threads } from './provision/threads.ts'
export { port } from './resources/port.ts'
export type { PortHandle, PortOptions } from './resources/port.ts'
export { tempDir } from './resources/temp-dir.ts'
export type { TempDirHandle, TempDirOptions } from './resources/temp-dir.ts'
export { sqlite } from './resources/sqlite/sqlite.ts'
export type { SqliteHandle, SqliteOpenOptions } from './resources/sqlite/handle.ts'
export type { SqliteOptions } from './resources/sqlite/options.ts'
