/** Marks the forks which run tests: Jest's haste map and its coverage have workers of the same kind. */
export const testWorker: unique symbol = Symbol('worker that runs tests')

interface WorkerOptions {
  readonly numWorkers?: number
  readonly forkOptions?: object
}

/** The part of jest-worker that is used here. */
export interface JestWorkerModule {
  readonly Worker: new (path: string, options: WorkerOptions) => object
}

interface InBand {
  readonly detectOpenHandles: boolean
  readonly runInBand: boolean
}

interface RunOptions {
  readonly serial: boolean
}

/** The part of jest-runner that is used here. */
export interface JestRunnerModule {
  readonly default: {
    readonly prototype: {
      runTests(
        this: object,
        tests: readonly unknown[],
        watcher: unknown,
        options: RunOptions,
      ): Promise<void>
    }
  }
}

/** What the hooks of one Jest tell each other. */
export interface JestRun {
  /** How many test files the coming workers have. */
  tests: number
}

/** Lets jest-runner use processes where Jest would run a few fast files in its own. */
export function inProcesses(module: JestRunnerModule, run: JestRun): JestRunnerModule {
  const { prototype } = module.default
  const { runTests } = prototype
  prototype.runTests = function (tests, watcher, options) {
    const config = Reflect.get(this, '_globalConfig') as Partial<InBand> | undefined
    const { detectOpenHandles = false, runInBand = false } = config ?? {}
    run.tests = tests.length
    // Where the config still says so, the main process is wanted for a reason.
    return runTests.call(this, tests, watcher, {
      ...options,
      serial: options.serial && (detectOpenHandles || runInBand),
    })
  }
  return module
}

/** The jest-worker that jest-runner gets: its processes are marked, and no more of them than test files. */
export function markWorkers(module: JestWorkerModule, run: JestRun): JestWorkerModule {
  return {
    ...module,
    Worker: class extends module.Worker {
      constructor(path: string, options: WorkerOptions) {
        const { numWorkers = 1, forkOptions } = options
        super(path, {
          ...options,
          numWorkers: Math.min(numWorkers, Math.max(run.tests, 1)),
          // jest-worker hands every key on to fork(), and each of them would replace its own.
          forkOptions: { ...forkOptions, [testWorker]: true },
        })
      }
    },
  }
}
