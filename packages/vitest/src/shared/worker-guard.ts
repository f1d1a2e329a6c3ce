import type { GuardSettings } from './guard.ts'

/** What a worker's guard is told, as JSON in {@link guardVariable}. */
export interface WorkerGuard extends GuardSettings {
  /** Name of the project, empty when there is none. */
  readonly project: string
  /** Absolute project root. */
  readonly root: string
  /** Whether the worker ends with its test file, and with it nearly all that the file leaves. */
  readonly isolate: boolean
  /** Whether Vitest itself takes back what `vi.stubEnv` did. */
  readonly unstubEnvs: boolean
  /** What the worker's sandbox keeps apart, if it has one: touching that harms nobody. */
  readonly keptApart: readonly string[]
  /** The record that touches are appended to, absolute; undefined for none. */
  readonly record?: string | undefined
}

/** Variable of a worker's environment; the worker takes it away before tests run. */
export const guardVariable = 'ISOLANE_GUARD'
