import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestRecord } from '@isolane/record'
import { lockDirectory } from '../lock-directory.ts'
import type { ArmPaths, Driver, Invocation } from '../runners/driver.ts'
import { selectedName } from '../runners/selection.ts'
import { writingInto } from '../unwritable.ts'
import { Journal } from './journal.ts'
import type { Lab } from './lab.ts'
import { orphanGuard } from './orphan-guard.ts'
import type { OrphanGuard } from './orphan-guard.ts'
import type { Progress } from './progress.ts'
import { runArm } from './run-arm.ts'
import type { ArmOptions, ArmResult } from './run-arm.ts'

/**
 * Words to put before a command that make every test worker of it run in a sandbox with these parts.
 *
 * @param workers how many may run at a time.
 */
export type Sandboxed = (
  parts: { readonly network: boolean; readonly files: boolean },
  workers: number,
) => readonly [string, ...string[]]

/** What a lab of real processes needs. */
export interface RealLabOptions {
  readonly driver: Driver
  readonly command: readonly string[]
  readonly cwd: string
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Go on where a stopped examination ended. Default: begin anew. */
  readonly resume?: boolean | undefined
  readonly sandbox?: (() => Promise<Sandboxed | undefined>) | undefined
}

/** A lab of real processes; its directory is locked until it is disposed of. */
export interface RealLab extends Lab, AsyncDisposable {
  /** `.isolane/flake` of the project. */
  readonly home: string
  /** What has run, in its order. */
  readonly results: readonly ArmResult[]
  /** Runs the command as the user gave it. */
  first(more: Pick<ArmOptions, 'echo' | 'color' | 'hangAfterMs'>): Promise<ArmResult>
  /** Lets arms start their files in the order of these runs, with their seed, on so many workers. */
  follow(records: readonly TestRecord[], workers: number): Promise<void>
  /** Says that there is nothing left to go on with. */
  end(): void
}

/**
 * Opens the lab of a project, in `.isolane/flake`.
 *
 * @throws `ISOLANE_COMMAND` while another one works there, `ISOLANE_RECORD` when nothing can be written there; so do
 * its methods. Nothing is locked then.
 */
export async function openRealLab(options: RealLabOptions): Promise<RealLab> {
  const home = join(options.cwd, '.isolane', 'flake')
  return await writingInto(home, () => openIn(home, options))
}

async function openIn(home: string, options: RealLabOptions): Promise<RealLab> {
  const { driver, signal, cwd } = options
  const dir = join(home, 'runs')
  const compileCache = join(dir, 'compile-cache')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const lock = await lockDirectory(home)
  const { journal, guard } = await prepare(dir, options).catch(async (error: unknown) => {
    await lock[Symbol.asyncDispose]()
    throw error
  })
  let count = journal.length
  const results: ArmResult[] = []
  let followed: { order?: string; seed?: number | undefined; workers: number } = { workers: 1 }
  let sandbox: Promise<Sandboxed | undefined> | undefined

  const start = async (
    kind: string,
    invocation: (paths: ArmPaths) => Invocation,
    more: Partial<ArmOptions>,
    question: unknown = kind,
  ): Promise<ArmResult> => {
    const id = JSON.stringify([kind, question])
    const known = journal.take(id)
    if (known !== undefined) {
      results.push(known)
      return known
    }
    count += 1
    const name = `${count}-${kind}`
    const { order, seed } = followed
    const own = { cwd, dir, name, order, seed, guard, signal }
    return await writingInto(home, async () => {
      const result = await runArm(invocation, { ...own, ...more })
      results.push(result)
      if (!signal.aborted) journal.note(id, result)
      return result
    })
  }
  return {
    home,
    results,
    canIsolate: async () => (await (sandbox ??= options.sandbox?.())) !== undefined,
    first: (more) => start('first', (paths) => driver.first(paths), more),
    run: async (kind, request, { isolate, deadlineMs, ...conditions }) => {
      const wrap = isolate && (await sandbox)?.(isolate, request.workers ?? followed.workers)
      const invocation = (paths: ArmPaths): Invocation => {
        const plain = driver.arm(request, paths)
        return wrap === undefined ? plain : { ...plain, argv: [...wrap, ...plain.argv] }
      }
      const question = { request, isolate, conditions }
      // What runs beside others starts as it did at first: at another pace, others would meet.
      const isSerial = (request.workers ?? followed.workers) === 1 && !conditions.busy
      const env = { ...(isSerial ? quickStarts(compileCache) : {}), ...conditions.env }
      return start(kind, invocation, { deadlineMs, ...conditions, env }, question)
    },
    follow: async (records, workers) => {
      const order = join(dir, 'order.json')
      await writingInto(home, () =>
        writeFile(order, JSON.stringify(orderOf(records)), { mode: 0o600 }),
      )
      followed = { order, seed: records[0]?.header.seed, workers }
    },
    end: () => journal.end(),
    [Symbol.asyncDispose]: async () => {
      await rm(compileCache, { recursive: true, force: true })
      guard[Symbol.dispose]()
      await lock[Symbol.asyncDispose]()
    },
  }
}

/** Has Node.js keep the code that it compiles for the next start, where the user has said nothing of it. */
function quickStarts(directory: string): Readonly<Record<string, string>> {
  const { NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE } = process.env
  const isSaid = (NODE_COMPILE_CACHE ?? NODE_DISABLE_COMPILE_CACHE) !== undefined
  return isSaid ? {} : { NODE_COMPILE_CACHE: directory }
}

/** The directory of the runs, with those of a stopped command when it goes on. */
async function prepare(
  dir: string,
  { command, cwd, progress, resume }: RealLabOptions,
): Promise<{ readonly journal: Journal; readonly guard: OrphanGuard }> {
  const journal = new Journal(dir)
  const goesOn = resume === true && journal.reopen(command, cwd)
  if (resume === true && !goesOn) {
    progress.note(
      'there is nothing to go on with: no stopped run of this command, or files changed',
    )
  }
  if (!goesOn) {
    await rm(dir, { recursive: true, force: true })
    await mkdir(dir, { recursive: true, mode: 0o700 })
    journal.begin(command)
  }
  await writeFile(join(cwd, '.isolane', '.gitignore'), '*\n', { flag: 'wx' }).catch(() => {})
  return { journal, guard: orphanGuard() }
}

function orderOf(records: readonly TestRecord[]): string[] {
  const starts = new Map<string, number>()
  for (const { attempts } of records) {
    const begin = Math.min(...attempts.map(({ startMs }) => startMs))
    for (const { project, file, startMs } of attempts) {
      const name = selectedName(project, file)
      starts.set(name, Math.min(startMs - begin, starts.get(name) ?? Infinity))
    }
  }
  return [...starts].sort(([, a], [, b]) => a - b).map(([name]) => name)
}
