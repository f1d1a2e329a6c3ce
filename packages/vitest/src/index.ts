export { isolated } from './plugin.ts'
export type { IsolatedOptions } from './plugin.ts'
export { laneTest } from './child/lane-test.ts'
export type { LaneFixtures, LaneTestOptions } from './child/lane-test.ts'
