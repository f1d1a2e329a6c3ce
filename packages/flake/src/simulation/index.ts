export { seeded } from './seeded.ts'
export { simulate } from './simulate.ts'
export type { Simulated, SimulateOptions } from './simulate.ts'
export type { Behaviour, MadeUpFile, MadeUpSuite, MadeUpTest } from './suite.ts'
