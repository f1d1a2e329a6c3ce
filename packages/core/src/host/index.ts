export { laneWaits } from '../locks/host/lane-waits.ts'
export { plain, printable } from '@isolane/record/worker'
export { Registry } from '../registry/registry.ts'
export type { NewRun } from '../registry/registry.ts'
export type { LockHolder, LockOptions } from '../registry/locks.ts'
export type { SweepSummary } from '../registry/sweep-summary.ts'
export type { LaneEntry, LaneRow, LeaseOwner, LeaseRow, RunRow } from '../registry/rows.ts'
export { collectVariable, serverVariable } from '../shared/env.ts'
export { cacheDir, ensureCacheDir } from '../shared/cache-dir.ts'
export { endGroup } from '../shared/end-group.ts'
export type { EndGroupOptions } from '../shared/end-group.ts'
export { identify, isAlive } from '../shared/process-identity.ts'
export type { ProcessIdentity } from '../shared/process-identity.ts'
export { startWatchdog } from './watchdog.ts'
export type { Watchdog, WatchdogOptions } from './watchdog.ts'
export type { CoreShare, OtherRun } from './machine/core-share.ts'
export type { Room } from './machine/machine-room.ts'
export { laneCapacity } from './capacity.ts'
export { LaneHost } from './lane-host.ts'
export type { Lease } from './leases.ts'
export { asIsolaneError, openSandboxes, sandboxVariable, sandboxWanted } from './open-sandboxes.ts'
export type { OpenSandboxesOptions, SandboxWish } from './open-sandboxes.ts'
export {
  explainErrors,
  forkInside,
  globsOf,
  inCharge,
  interceptForks,
  isSandboxed,
  keptApart,
  keptApartLine,
  makeReport,
  partsLine,
  projectRoot,
  Sandboxes,
  sharedServices,
  stayedInsideLine,
  workerCollector,
  writeReport,
} from '@isolane/sandbox'
export type {
  Explain,
  Footprint,
  ForkPlan,
  KeptApart,
  Part,
  ReportedWorker,
  Sandbox,
  SandboxReport,
  SandboxSettings,
  WorkerFootprint,
} from '@isolane/sandbox'
export type { LaneHostOptions, LeasedLane } from './lane-host.ts'
export type { KeptEvidence, LaneFile } from '../shared/protocol.ts'
export { createThreads } from '../provision/create-threads.ts'
export type { CreateThreadsOptions } from '../provision/create-threads.ts'
