/** One way to run tests again. */
export type ArmName = 'parallel' | 'alone' | 'serial'

/** A test as drivers select it. */
export interface TestRef {
  readonly key: string
  readonly project: string
  /** Relative to the directory of the command. */
  readonly file: string
  readonly line?: number | undefined
  /** Empty for a whole file. */
  readonly titlePath: readonly string[]
}

/** Paths that one invocation may write to or read. */
export interface ArmPaths {
  /** The record is written here. */
  readonly record: string
  /** Directory for whatever else the runner wants to keep. */
  readonly output: string
  /** JSON array of files in the order in which they shall start. */
  readonly order?: string | undefined
}

/** A command to start, and what its environment needs beyond ours. */
export interface Invocation {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
}

/**
 * Runs arms with one test runner. A driver only builds commands; it starts nothing. It is made for one
 * command and does not change.
 */
export interface Driver {
  readonly runner: 'vitest' | 'playwright'
  /** True when one invocation can run a test several times, every time in a fresh worker. */
  readonly repeatsAlone: boolean
  /** The command as the user gave it, once, with our reporter beside theirs. */
  first(paths: ArmPaths): Invocation
  /** The command again: same tests, same workers, without the user's reporters and retries. */
  parallel(paths: ArmPaths): Invocation
  /** The command again with one worker. */
  serial(paths: ArmPaths): Invocation
  /** Only this test, one worker, `times` times. */
  alone(test: TestRef, times: number, paths: ArmPaths): Invocation
  /** A command for the user's shell that runs only this test. */
  reproduceAlone(test: TestRef, times: number): string
  /** A command for the user's shell that runs these files side by side. */
  reproduceTogether(files: readonly string[], workers: number | undefined): string
  /** The command for the user's shell. */
  reproduceWhole(): string
}
