export { isolated } from './config.ts'
export type { IsolatedOptions } from './config.ts'
export { laneTest } from './child/lane-test.ts'
export type { LaneTestOptions } from './child/lane-test.ts'
export type {
  AccountOf,
  AccountsOf,
  LaneFixtures,
  LaneTestFixtures,
  LaneUseOptions,
  RoleOf,
} from './child/fixtures.ts'
