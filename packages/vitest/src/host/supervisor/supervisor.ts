import { IsolaneError, presentable } from '@isolane/core'
import { plain } from '@isolane/core/host'
import type { TestProject } from 'vitest/node'
import { clockMs } from '../../shared/progress.ts'
import type { Progress, RunningTest } from '../../shared/progress.ts'
import { isCancelling } from '../cancelling.ts'
import type { Seat } from '../spares.ts'
import type { TaskError } from './calls.ts'
import type { CrashReporter } from './crash-reporter.ts'
import { deathOf } from './death.ts'
import type { DutyEnd, Judgement, Silence } from './duty.ts'
import { endOrphans } from './end-worker.ts'
import { examine, hangLines } from './hang.ts'
import type { Hang } from './hang.ts'
import { publish } from './happenings.ts'
import type { Supervision } from './options.ts'
import { pathOf, placeOf } from './place.ts'
import { frameText } from './source-positions.ts'

/** What becomes of a file whose worker has died. */
export interface Verdict {
  /** Tests that ran. */
  readonly tests: readonly RunningTest[]
  readonly how: string
  /** What it fails with; undefined when it runs again. */
  readonly error: TaskError | undefined
}

export interface SupervisorOptions {
  readonly project: TestProject
  readonly supervision: Supervision
  readonly reporter: CrashReporter
  readonly print: (line: string) => void
  waits(lane: string): Promise<readonly string[]>
}

/** What to do about the workers of one project that die or make no progress, and what to say of them. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #hangs = new WeakMap<Seat, Hang & { readonly limit: string }>()

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Milliseconds without progress; undefined when nothing counts as a hang. */
  get afterMs(): number | undefined {
    const { project, supervision } = this.#options
    // Who stands at a breakpoint makes no progress.
    return project.config.inspector.enabled ? undefined : supervision.hang?.afterMs
  }

  /** Reports a worker that makes no progress, and tells what is to be done. */
  async silent(seat: Seat, silence: Silence, file: string | undefined): Promise<Judgement> {
    const { project, print, supervision } = this.#options
    const { state, ownMs, progress, forMs, again } = silence
    const { afterMs = 0, chosen = false } = supervision.hang ?? {}
    const clocked =
      state === 'running' && (progress?.phase === 'test' || progress?.phase === 'hooks')
    const endless = clocked && progress.unlimited && !chosen
    if (endless && again) return { ends: false, turns: silence.listens }
    const { root } = project.config
    const stopping = state === 'stopping'
    const where =
      state === 'starting' ? 'at its start' : placeOf(progress, { root, file, stopping })
    const hang = await examine(seat, { ...silence, project, where, waits: this.#options.waits })
    // Where its event loop turns, Vitest ends a test and a hook itself when their time is over.
    const turns = silence.listens || hang.seen.doing === 'waits'
    const clockEnds = clocked && !progress.unlimited && turns
    const goesOn = endless
      ? `${ownMs > 0 ? 'a hook or test in it' : 'it'} has no timeout; the option hang.after ends it`
      : clockEnds && !again
        ? 'its event loop turns, so its own timeout ends it'
        : undefined
    const limit =
      ownMs === 0
        ? `hang.after ${afterMs} ms`
        : `its timeout of ${ownMs} ms and hang.after ${afterMs} ms`
    print(
      `\nisolane: a worker hangs ${where}: no progress for ${Math.round(forMs)} ms (${limit}; lane ${seat.lane.id}).`,
    )
    for (const line of hangLines(hang, root)) print(line)
    if (clockEnds && again) {
      print('  Its own timeout has not ended it: in Vitest the teardown of a fixture has none.')
    }
    print(
      goesOn === undefined
        ? '  It is being ended; the run goes on.'
        : `  It is left alone: ${goesOn}.`,
    )
    this.#hangs.set(seat, { ...hang, limit })
    return { ends: goesOn === undefined, turns }
  }

  /**
   * A worker died before it had started.
   *
   * @returns undefined when it is to be tried once more.
   */
  notStarted(seat: Seat, end: DutyEnd, again: boolean): unknown {
    const { print } = this.#options
    const { how } = end.hung
      ? { how: `no progress at its start (${this.#hangs.get(seat)?.limit ?? ''})` }
      : deathOf(end.code, end.signal, seat.process.said, '')
    const said = lastLines(seat.process.said)
    if (!again) {
      print(`isolane: a worker did not start: ${how}. One more try in a new process.`)
      return undefined
    }
    return presentable(
      new IsolaneError(end.hung ? 'ISOLANE_HANG' : 'ISOLANE_CRASH', {
        message: `Two workers in a row did not start: ${how}.${said}`,
        hint: 'look at test.execArgv, test.env and test.environment, and at NODE_OPTIONS.',
        details: { how },
      }),
    )
  }

  /** A worker died or was ended while Vitest waited for its teardown. */
  brokeTeardown(seat: Seat, end: DutyEnd, file = ''): unknown {
    const hang = this.#hangs.get(seat)
    // Vitest may have summed up by then, and hears no error of a teardown any more.
    process.exitCode = 1
    if (end.hung && hang !== undefined) return this.#hangError(hang, file)
    const { how, hint } = deathOf(end.code, end.signal, seat.process.said, file)
    const { root } = this.#options.project.config
    const where = placeOf(undefined, { root, file, stopping: true })
    this.#options.print(`isolane: a worker crashed ${where}: ${how} (lane ${seat.lane.id}).`)
    return plainError('ISOLANE_CRASH', `A worker crashed ${where}: ${how}.`, hint)
  }

  /** A worker died when it had nothing to run: its files have their results, and nothing runs again. */
  brokeIdle(seat: Seat, end: DutyEnd, file: string, worker: string): void {
    const { project, print } = this.#options
    if (isAsked(end, project)) return
    const { how, hint } = deathOf(end.code, end.signal, seat.process.said, file)
    const where = `while it had nothing to run, after ${pathOf(file, project.config.root)}`
    const atMs = Date.now()
    const { slot } = seat.process
    const crash = { event: 'crash', atMs, sinceMs: atMs, detail: how } as const
    publish({ ...crash, project: project.name, file, worker, slot, tests: [] })
    print(`isolane: a worker crashed ${where}: ${how} (lane ${seat.lane.id}).`)
    this.#failRun(where, how, hint)
  }

  /** A worker died, or was ended, in the middle of a file. */
  broke(
    seat: Seat,
    end: DutyEnd,
    it: { readonly file: string; readonly crashes: number; readonly workerId: string },
  ): Verdict {
    const { project, supervision, reporter, print } = this.#options
    const { file, crashes } = it
    const noted = end.progress?.file === file ? end.progress : undefined
    const tests = noted?.phase === 'test' ? noted.tests : []
    const none: Progress = { phase: 'idle', tests: [], ownMs: 0, unlimited: false, atMs: 0 }
    const where = placeOf(noted ?? none, { root: project.config.root, file })
    const atMs = Date.now()
    const happening = {
      atMs,
      sinceMs: noted === undefined ? atMs : Math.floor(atMs - (clockMs() - noted.atMs)),
      project: project.name,
      file,
      worker: it.workerId,
      slot: seat.process.slot,
      tests: tests.map(({ id }) => id),
    }
    const hang = this.#hangs.get(seat)
    if (end.hung && hang !== undefined) {
      publish({ ...happening, event: 'hang', detail: hang.where })
      return { tests, how: 'hang', error: this.#hangError(hang, file) }
    }
    const { how, hint } = deathOf(end.code, end.signal, seat.process.said, file)
    publish({ ...happening, event: 'crash', detail: how })
    const times = crashes === 1 ? '' : crashes === 2 ? ' again' : ` for the ${crashes}th time`
    const line = `a worker crashed${times} ${where}: ${how} (lane ${seat.lane.id}).`
    const again = crashes <= supervision.requeue && reporter.count < supervision.most
    if (again && !isAsked(end, project)) {
      print(`isolane: ${line} The file runs again on a fresh lane.`)
      reporter.add({ project: project.name, file, where, how })
      publish({ ...happening, event: 'requeue', detail: how })
      this.#failRun(where, how, hint)
      return { tests, how, error: undefined }
    }
    print(`isolane: ${line}`)
    const said = lastLines(seat.process.said)
    const often = crashes > 1 ? ` ${crashes} times, the last time` : ''
    const error = plainError(
      'ISOLANE_CRASH',
      `The worker crashed${often} ${where}: ${how}.${said}`,
      hint,
    )
    return { tests, how, error }
  }

  /** A worker asked for another one in its place, because its lane cannot be reset. */
  renewed({ culprit, reason }: { readonly culprit: string; readonly reason: string }): void {
    this.#options.print(
      `isolane: ${plain(culprit)} left its lane so that it could not be reset: ${plain(reason)}. What comes after it runs in a new worker, on another lane.`,
    )
  }

  /** Ends what a worker has left on its lane that another one replaces. */
  async cleanUp({ lane }: Seat): Promise<void> {
    await endOrphans(lane.id)
  }

  /** Makes the run red when it shall be after any crash. */
  #failRun(where: string, how: string, hint: string): void {
    const { project, supervision } = this.#options
    if (!supervision.failOnCrash) return
    const error = plainError('ISOLANE_CRASH', `A worker crashed ${where}: ${how}.`, hint)
    project.vitest.state.catchError(error, 'Crash')
  }

  #hangError(hang: Hang & { readonly limit: string }, file: string): TaskError {
    const { where, forMs, limit, waits, frames, seen } = hang
    const doing =
      seen.doing === 'waits'
        ? ' Its event loop was idle.'
        : seen.doing === 'native'
          ? ' It was inside of native code.'
          : ''
    const message = [
      `No progress for ${Math.round(forMs)} ms ${where} (${limit}): its worker was ended.${doing}`,
      ...waits.map((one) => `It waited for: ${one}`),
    ].join('\n')
    const { root } = this.#options.project.config
    const hint = `find out why it does not go on: run ${plain(file.replace(`${root}/`, ''))} alone, or raise hang.after if it only is slow.`
    const error = plainError('ISOLANE_HANG', message, hint)
    const stack = frames.map((frame) => `    ${frameText(frame)}`)
    return { ...error, stack: [error.stack, ...stack].join('\n') }
  }
}

/** As data: Vitest takes errors of workers, which come from another process. */
function plainError(
  code: 'ISOLANE_CRASH' | 'ISOLANE_HANG',
  message: string,
  hint: string,
): TaskError {
  const { name, message: whole } = new IsolaneError(code, { message, hint })
  return { name, message: whole, stack: `${name}: ${whole}` }
}

function lastLines(said: string): string {
  const lines = said
    .trimEnd()
    .split('\n')
    .slice(-8)
    .map(plain)
    .filter((line) => line.trim() !== '')
  return lines.length === 0
    ? ''
    : `\nThe last that it printed to stderr:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

/** Vitest is ending the run: by bail, or by the user, whose Ctrl-C reaches the workers often before the main process. */
function isAsked({ signal }: DutyEnd, { vitest }: TestProject): boolean {
  return signal === 'SIGINT' || isCancelling(vitest)
}
