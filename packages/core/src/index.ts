export { IsolaneError, isIsolaneError, presentable } from '@isolane/record/worker'
export type { IsolaneErrorCode, IsolaneErrorOptions } from '@isolane/record/worker'
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
export type { PortData, PortHandle, PortOptions } from './resources/port.ts'
export { tempDir } from './resources/temp-dir.ts'
export type { TempDirData, TempDirHandle, TempDirOptions } from './resources/temp-dir.ts'
export type { SqliteData, SqliteTemplate } from './resources/sqlite/data.ts'
export { sqlite } from './resources/sqlite/sqlite.ts'
export type { SqliteHandle, SqliteOpenOptions } from './resources/sqlite/handle.ts'
export type { SqliteOptions } from './resources/sqlite/options.ts'
export { defaultLanes } from './default-lanes.ts'
export { defineLanes } from './lanes.ts'
export type { CurrentLane, HandleOf, Handles, Lanes, Resources } from './lanes.ts'
export { accounts } from './resources/accounts.ts'
export type {
  Account,
  AccountNeeds,
  AccountsHandle,
  AccountsOptions,
  Identity,
  Role,
} from './resources/accounts.ts'
export { server } from './resources/server.ts'
export type { ServerHandle, ServerOptions } from './resources/server.ts'
export type { LaneInfo } from './child/current.ts'
export { lock } from './locks/child/lock.ts'
export type { HeldLock, Lock } from './locks/child/lock.ts'
export type { LockMode, LockOptions } from './locks/shared/lock-options.ts'
export { checkOptions } from './shared/options.ts'
export type { SandboxOptions } from '@isolane/sandbox'
