import type { ArmName } from '../runners/driver.ts'
import type { Verdict } from './verdict.ts'

/** Parameters of the beta distribution that a failure rate has before anything is seen. */
export type Beta = readonly [a: number, b: number]

/** What would be seen in the arms if it were so. */
export interface Hypothesis {
  readonly name: HypothesisName
  readonly verdict: Verdict
  readonly prior: number
  /** Arms with one common rate, and what that rate may be. Arms in none of them say nothing. */
  readonly pools: readonly { readonly arms: readonly ArmName[]; readonly rate: Beta }[]
}

/** The ways in which a test can fail, one verdict in several. */
export type HypothesisName =
  | 'consistent'
  | 'parallel-only'
  | 'starved'
  | 'intermittent'
  | 'not-reproduced'
  | 'victim'
  | 'victim-outside'
  | 'brittle'
  | 'brittle-outside'
  | 'serial-only'
  | 'serial-always'

// Nearly always, mostly, anything, the low rates that intermittent tests mostly have, nearly never.
const always: Beta = [2000, 1]
const mostly: Beta = [5, 1]
const anything: Beta = [1.5, 1.5]
const sometimes: Beta = [1.5, 2]
const never: Beta = [0.5, 150]

const inFile = ['alone', 'file', 'reordered'] as const
const quiet = [...inFile, 'prefix', 'serial'] as const
const loud = ['parallel', 'co-run'] as const
const all = [...quiet, ...loud] as const

/**
 * `starved`: it lacks nothing but time; `-outside`: what matters is in another file; `serial-always`: it
 * needs somebody beside it.
 */
export const hypotheses: readonly Hypothesis[] = [
  {
    name: 'consistent',
    verdict: 'consistent',
    prior: 0.3,
    pools: [{ arms: [...all, 'stressed'], rate: always }],
  },
  {
    name: 'parallel-only',
    verdict: 'parallel-only',
    prior: 0.28,
    pools: [
      { arms: [...quiet, 'stressed'], rate: never },
      { arms: ['parallel'], rate: anything },
      { arms: ['co-run'], rate: anything },
    ],
  },
  {
    name: 'starved',
    verdict: 'parallel-only',
    prior: 0.05,
    pools: [
      { arms: quiet, rate: never },
      { arms: ['parallel'], rate: anything },
      { arms: ['co-run'], rate: anything },
      { arms: ['stressed'], rate: anything },
    ],
  },
  {
    name: 'intermittent',
    verdict: 'intermittent',
    prior: 0.2,
    pools: [{ arms: [...all, 'stressed'], rate: sometimes }],
  },
  {
    name: 'not-reproduced',
    verdict: 'not-reproduced',
    prior: 0.14,
    pools: [{ arms: [...all, 'stressed'], rate: never }],
  },
  {
    name: 'victim',
    verdict: 'order-dependent',
    prior: 0.04,
    pools: [
      { arms: ['alone', 'stressed'], rate: never },
      { arms: ['reordered'], rate: anything },
      { arms: ['file', 'prefix', 'serial', ...loud], rate: mostly },
    ],
  },
  {
    name: 'victim-outside',
    verdict: 'order-dependent',
    prior: 0.02,
    pools: [
      { arms: [...inFile, 'stressed'], rate: never },
      { arms: ['prefix', 'serial'], rate: mostly },
      { arms: ['parallel'], rate: anything },
      { arms: ['co-run'], rate: anything },
    ],
  },
  {
    name: 'brittle',
    verdict: 'order-dependent',
    prior: 0.02,
    pools: [
      { arms: ['alone', 'stressed'], rate: always },
      { arms: ['reordered', 'prefix'], rate: never },
      { arms: ['file', 'serial', ...loud], rate: anything },
    ],
  },
  {
    name: 'brittle-outside',
    verdict: 'order-dependent',
    prior: 0.01,
    pools: [
      { arms: [...inFile, 'stressed'], rate: always },
      { arms: ['prefix'], rate: never },
      { arms: ['serial', ...loud], rate: anything },
    ],
  },
  {
    name: 'serial-only',
    verdict: 'serial-only',
    prior: 0.02,
    pools: [
      { arms: loud, rate: never },
      { arms: ['serial', 'prefix'], rate: mostly },
      { arms: [...inFile, 'stressed'], rate: never },
    ],
  },
  {
    name: 'serial-always',
    verdict: 'serial-only',
    prior: 0.01,
    pools: [
      { arms: loud, rate: never },
      { arms: [...quiet, 'stressed'], rate: always },
    ],
  },
]
