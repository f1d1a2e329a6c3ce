import type { ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { IsolaneError, readRecord } from '@isolane/record'
import type { TestRecord } from '@isolane/record'
import { execa } from 'execa'
import type { ArmPaths, Invocation } from '../runners/driver.ts'
import { environment } from '../runners/environment.ts'
import type { HangWish } from '../runners/hang-watch.ts'
import { shellLine } from '../runners/shell.ts'
import { unwritable } from '../unwritable.ts'
import { startLoad } from './busy-machine.ts'
import { measureForeignLoad } from './foreign-load.ts'
import type { OrphanGuard } from './orphan-guard.ts'
import { endGroup } from './process-group.ts'

/** Where and how an arm runs. */
export interface ArmOptions {
  readonly cwd: string
  /** Directory for log, record and whatever the runner keeps. */
  readonly dir: string
  /** Name of the files in it, such as `3-alone`. */
  readonly name: string
  /** File with the order in which files shall start. */
  readonly order?: string | undefined
  /** Gets all output beside the log. */
  readonly echo?: NodeJS.WritableStream | undefined
  /** True when colours survive in what `echo` shows. */
  readonly color?: boolean | undefined
  /** Seed of the first run. */
  readonly seed?: number | undefined
  /** Variables beyond those of the invocation. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Processes that keep the machine busy meanwhile. */
  readonly busy?: number | undefined
  readonly guard?: OrphanGuard | undefined
  readonly signal: AbortSignal
  /** The arm is ended when it has not finished after this time. */
  readonly deadlineMs?: number | undefined
  /** It is ended when its tests give no sign of life for so long, and longer than their own limits. */
  readonly hangAfterMs?: number | undefined
}

/** What an arm left. */
export interface ArmResult {
  readonly name: string
  /** Undefined when the runner died before it wrote one. */
  readonly record: TestRecord | undefined
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined
  readonly wallMs: number
  readonly logPath: string
  /** True when it was ended because it took too long. */
  readonly hung: boolean
  /** What of the machine others used meanwhile, from 0 to 1; undefined where it is not known. */
  readonly foreignLoad?: number | undefined
}

/**
 * Runs one invocation in a process group of its own, to its end, and reads its record. When the signal
 * is aborted or the deadline passes, the whole group is ended first. Nothing of the group is left when
 * the promise settles.
 *
 * @throws `ISOLANE_COMMAND` when the command cannot be started, `ISOLANE_RECORD` when its output cannot be kept.
 */
export async function runArm(
  invocation: (paths: ArmPaths) => Invocation,
  options: ArmOptions,
): Promise<ArmResult> {
  const { cwd, dir, name, signal } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const recordPath = join(dir, `${name}.jsonl`)
  const logPath = join(dir, `${name}.log`)
  rmSync(recordPath, { force: true })
  const output = join(dir, `${name}-output`)
  const selectionPath = join(dir, `${name}-selection.json`)
  const { order, seed } = options
  const paths = { record: recordPath, output, selection: selectionPath, order, seed }
  const { argv, env, selection, after } = invocation(paths)
  const startedMs = Date.now()
  if (selection !== undefined) await writeFile(selectionPath, selection, { mode: 0o600 })
  const [command, ...args] = argv
  const log = createWriteStream(logPath, { mode: 0o600 })
  let unwritten: Error | undefined
  log.on('error', (error) => (unwritten ??= error))
  const startedAt = performance.now()
  log.write(`$ ${shellLine(argv)}\n`)

  const foreignLoad = measureForeignLoad()
  const load = startLoad(options.busy ?? 0)
  const hangPath = join(dir, `${name}.hung`)
  const child = execa(command, args, {
    cwd,
    env: {
      ...env,
      ...options.env,
      ...hangWish(hangPath, options.hangAfterMs),
      ...(options.color === true ? { FORCE_COLOR: '1' } : {}),
    },
    stdin: 'ignore',
    buffer: false,
    reject: false,
    cleanup: false,
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  options.guard?.watch(child.pid)
  const tee = (chunk: Buffer): void => {
    log.write(chunk)
    options.echo?.write(chunk)
  }
  child.stdout.on('data', tee)
  child.stderr.on('data', tee)

  let hung = false
  let stopping: Promise<void> | undefined
  const stop = (): void => {
    const { pid } = child
    if (pid === undefined || stopping !== undefined) return
    stopping = endGroup(pid, [
      { waitMs: 0, signal: 'SIGINT' },
      { waitMs: 3000, signal: 'SIGTERM' },
      { waitMs: 2000, signal: 'SIGKILL' },
    ])
  }
  const endHung = (): void => {
    hung = true
    stop()
  }
  const timer =
    options.deadlineMs === undefined ? undefined : setTimeout(endHung, options.deadlineMs)
  const look = (): void => void (existsSync(hangPath) && endHung())
  const watch = options.hangAfterMs === undefined ? undefined : setInterval(look, lookEveryMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const { exitCode, cause } =
      child.pid === undefined ? await child : await exitOf(child.nodeChildProcess)
    const wallMs = performance.now() - startedAt
    // What the run left behind must not meet the next one.
    if (child.pid !== undefined) {
      await (stopping ??
        endGroup(child.pid, [
          { waitMs: 1500, signal: 'SIGTERM' },
          { waitMs: 1500, signal: 'SIGKILL' },
        ]))
    }
    if (child.pid === undefined) throw notStarted(command, cause)
    if (unwritten !== undefined) throw unwritable(logPath, logPath, unwritten)
    await after?.({ startedMs, exitCode })
    const record = existsSync(recordPath) ? readRecord(recordPath) : undefined
    return { name, record, exitCode, wallMs, logPath, hung, foreignLoad: foreignLoad() }
  } finally {
    load[Symbol.dispose]()
    options.guard?.watch(undefined)
    clearTimeout(timer)
    clearInterval(watch)
    rmSync(hangPath, { force: true })
    signal.removeEventListener('abort', stop)
    child.stdout.destroy()
    child.stderr.destroy()
    log.end()
    await finished(log).catch(() => {})
  }
}

const lookEveryMs = 500

function hangWish(path: string, afterMs: number | undefined): Record<string, string> {
  if (afterMs === undefined || !Number.isFinite(afterMs)) return {}
  return { [environment.hang]: JSON.stringify({ path, afterMs } satisfies HangWish) }
}

// Pipes stay open as long as a grandchild holds them, so the exit is what counts.
async function exitOf(
  child: ChildProcess,
): Promise<{ exitCode: number | undefined; cause?: undefined }> {
  // Both may come in one turn, so nobody must start to listen for the second after the first.
  const closed = new Promise<void>((settle) => child.once('close', () => settle()))
  const code = await new Promise<number | null>((settle) => {
    if (child.exitCode !== null || child.signalCode !== null) settle(child.exitCode)
    else child.once('exit', (exitCode) => settle(exitCode))
  })
  // Output that was written before the exit is still on its way.
  const enough = new AbortController()
  const waited = delay(300, undefined, { signal: enough.signal }).catch(() => {})
  await Promise.race([closed, waited])
  enough.abort()
  return { exitCode: code ?? undefined }
}

function notStarted(command: string, cause: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_COMMAND', {
    message: `Cannot start "${command}": ${cause instanceof Error ? cause.message : 'it is not there'}`,
    hint: `check that ${dirname(command) === '.' ? 'it is installed and on the PATH' : 'the path is right'}.`,
    details: { command },
    cause,
  })
}
