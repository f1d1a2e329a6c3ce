export { Registry } from '../registry/registry.ts'
export type { LockHolder, LockOptions, NewRun } from '../registry/registry.ts'
export type {
  LaneEntry,
  LaneRow,
  LeaseOwner,
  LeaseRow,
  RunRow,
  SweepSummary,
} from '../registry/rows.ts'
export { cacheDir, ensureCacheDir } from '../shared/cache-dir.ts'
export { endGroup } from '../shared/end-group.ts'
export type { EndGroupOptions } from '../shared/end-group.ts'
export { identify, isAlive } from '../shared/process-identity.ts'
export type { ProcessIdentity } from '../shared/process-identity.ts'
export { startWatchdog } from './watchdog.ts'
export type { Watchdog, WatchdogOptions } from './watchdog.ts'
