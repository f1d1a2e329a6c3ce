import { availableParallelism } from 'node:os'
import type { RunnerSession } from './session.ts'

/** The part of Jest's command line that is read here. */
interface Arguments {
  readonly runInBand?: boolean
  readonly maxWorkers?: number | string
  readonly config?: string
  readonly rootDir?: string
}

/** The part of Jest's resolved config that is read or changed here. */
interface GlobalConfig {
  readonly maxWorkers: number
  readonly runInBand: boolean
  readonly detectOpenHandles: boolean
  readonly watch: boolean
  readonly watchAll: boolean
  readonly workerThreads: boolean
  readonly coverageDirectory?: string
}

interface Configs {
  readonly globalConfig: GlobalConfig
  readonly configs: readonly { readonly cacheDirectory: string }[]
}

/** The part of jest-config that is used here. */
export interface JestConfigModule {
  readonly readConfigs: (argv: Arguments, ...more: unknown[]) => Promise<Configs>
  readonly readInitialOptions: (
    config: string | undefined,
    options: { readonly packageRootOrConfig?: string },
  ) => Promise<{ readonly config: { readonly maxWorkers?: number | string } }>
}

/** Lets Jest's workers run side by side whatever its config says, and share its caches. */
export function adjust(
  module: JestConfigModule,
  session: RunnerSession,
  debugged: boolean,
): JestConfigModule {
  const readConfigs: JestConfigModule['readConfigs'] = async (argv, ...more) => {
    const read = await module.readConfigs(argv, ...more)
    const { globalConfig } = read
    for (const { cacheDirectory } of read.configs) session.share(cacheDirectory)
    if (globalConfig.coverageDirectory !== undefined) session.keep(globalConfig.coverageDirectory)
    if (staysInBand(globalConfig, session, debugged)) return read
    const off = await whySerial(module, argv, globalConfig)
    return {
      ...read,
      globalConfig: Object.freeze({
        ...globalConfig,
        maxWorkers: session.workers(globalConfig.maxWorkers, off),
        runInBand: false,
        workerThreads: inProcesses(globalConfig, session),
      }),
    }
  }
  return { ...module, readConfigs }
}

function staysInBand(config: GlobalConfig, session: RunnerSession, debugged: boolean): boolean {
  if (config.detectOpenHandles) {
    session.say('no sandbox: with --detectOpenHandles tests run in the main process of Jest.')
    return true
  }
  if (config.runInBand && debugged) {
    session.say(
      'no sandbox: with a debugger and --runInBand tests run in the main process of Jest.',
    )
    return true
  }
  return false
}

function inProcesses({ workerThreads }: GlobalConfig, session: RunnerSession): boolean {
  if (workerThreads) {
    session.say('processes instead of workerThreads: only a process can have a sandbox.')
  }
  return false
}

async function whySerial(
  { readInitialOptions }: JestConfigModule,
  argv: Arguments,
  config: GlobalConfig,
): Promise<string | undefined> {
  if (argv.runInBand === true) return '--runInBand'
  if (config.maxWorkers !== 1) return undefined
  if (argv.maxWorkers !== undefined) return '--maxWorkers'
  const cores = availableParallelism()
  const own = Math.max(config.watch || config.watchAll ? Math.floor(cores / 2) : cores - 1, 1)
  if (own !== 1) return 'maxWorkers: 1'
  // On a small machine Jest's own number is 1 too: only the config itself tells.
  const initial = await readInitialOptions(argv.config, {
    packageRootOrConfig: argv.rootDir ?? process.cwd(),
  }).catch(() => undefined)
  return initial?.config.maxWorkers === undefined ? undefined : 'maxWorkers: 1'
}
