/**
 * One way to run tests again. `file`: the file of the test; `reordered`: the same with the test as the
 * last; `prefix`: what its worker ran before it, then its file; `co-run`: its file and those that ran
 * beside it; `stressed`: alone on a busy machine; the isolated ones: in parallel, every worker with a
 * network, files, or both of its own.
 */
export const armNames = [
  'alone',
  'file',
  'reordered',
  'prefix',
  'co-run',
  'stressed',
  'parallel',
  'serial',
  'network-isolated',
  'files-isolated',
  'isolated',
] as const

/** One way to run tests again. */
export type ArmName = (typeof armNames)[number]

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

/** Everything that the command of the user runs. */
export interface WholeRequest {
  readonly tests?: undefined
  /** Undefined: as many as the command says. */
  readonly workers?: number | undefined
  /** How often, every time in fresh workers. Default 1; a driver may do it once only. */
  readonly times?: number
}

/** Some files or tests. */
export interface SelectedRequest {
  /** What runs; files start in this order, and so do the tests of a file where the runner can. */
  readonly tests: readonly TestRef[]
  readonly workers: number
  /** How often, every time in a fresh worker. A driver may do it once only. */
  readonly times: number
  /** Other choices of tests, which run after these in the same start, each as often. Only where the runner `batches`. */
  readonly more?: readonly (readonly TestRef[])[]
}

/** What an arm runs. */
export type ArmRequest = WholeRequest | SelectedRequest

/** Paths that one invocation may write to or read. */
export interface ArmPaths {
  /** The record is written here. */
  readonly record: string
  /** Directory for whatever else the runner wants to keep. */
  readonly output: string
  /** What runs, for our code inside the runner, is written here. */
  readonly selection: string
  /** JSON array of files in the order in which they shall start. */
  readonly order?: string | undefined
  /** Seed of the first run: an order that was shuffled comes again. */
  readonly seed?: number | undefined
}

/** A command to start, and what its environment needs beyond ours. */
export interface Invocation {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  /** Text for {@link ArmPaths.selection}. */
  readonly selection?: string | undefined
  /** Makes the record when the runner cannot: from what the command left when it had ended. */
  readonly after?: (run: {
    readonly startedMs: number
    readonly exitCode: number | undefined
  }) => Promise<void> | void
}

/** What a runner can be asked for. */
export interface Abilities {
  /** Every repetition in one invocation meets a fresh worker: of anything, of a single file, or of nothing. */
  readonly repeats: 'anything' | 'file' | 'nothing'
  /** One invocation can run one choice of tests after another, each meeting fresh workers. Default false. */
  readonly batches?: boolean
  /** What a repetition takes about beside the tests themselves, in ms: a worker of its own. Default 250. */
  readonly repetitionMs?: number
  /** Some tests of a file can run without the others. */
  readonly picks: boolean
  /** The tests of a file can run in another order. */
  readonly reorders: boolean
  /** Files can run in another order. */
  readonly ordersFiles: boolean
  /** The number of workers can be chosen. */
  readonly scales: boolean
}

/** What a repetition takes about beside its tests, in ms. */
export function repetitionMs({ repetitionMs: known = 250 }: Abilities): number {
  return known
}

/** True when one invocation can run these tests several times. */
export function canRepeat({ repeats }: Abilities, tests: readonly TestRef[]): boolean {
  if (repeats !== 'file') return repeats === 'anything'
  return new Set(tests.map(({ project, file }) => JSON.stringify([project, file]))).size === 1
}

/**
 * Runs arms with one test runner. A driver only builds commands; it starts nothing. It is made for one
 * command and does not change.
 */
export interface Driver {
  readonly runner: string
  readonly abilities: Abilities
  /** The command as the user gave it, once, with our reporter beside theirs. */
  first(paths: ArmPaths): Invocation
  /** The command again without the user's reporters and retries, or some of its tests. */
  arm(request: ArmRequest, paths: ArmPaths): Invocation
  /** A command for the user's shell that runs only this test. */
  reproduceAlone(test: TestRef, times: number): string
  /** A command for the user's shell that runs these files side by side. */
  reproduceTogether(files: readonly string[], workers: number | undefined): string
  /** A command for the user's shell that runs these tests or files one after another. */
  reproduceInOrder(tests: readonly TestRef[]): string
  /** The command for the user's shell. */
  reproduceWhole(): string
}
