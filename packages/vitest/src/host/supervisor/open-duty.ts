import { resolve } from 'node:path'
import { presentable } from '@isolane/core'
import type { PoolOptions, WorkerRequest } from 'vitest/node'
import { clockMs } from '../../shared/progress.ts'
import type { ProjectLanes } from '../project-lanes.ts'
import { Duty } from './duty.ts'
import type { DutyEnd } from './duty.ts'
import type { Supervisor } from './supervisor.ts'

export interface DutyOpening {
  readonly lanes: ProjectLanes
  readonly supervisor: Supervisor
  readonly pool: PoolOptions
  /** Whether Vitest has lost interest meanwhile. */
  readonly isStopped: () => boolean
  /** Its process is there, and has not started yet. */
  readonly onDuty: (duty: Duty) => void
  readonly onMessage: (duty: Duty, message: unknown) => void
  readonly onEnd: (duty: Duty, end: DutyEnd) => void
  /** The file a process is at that has noted this one. */
  readonly fileOf: (noted: string | undefined) => string | undefined
  readonly onFailure: (error: unknown) => void
}

/**
 * Makes a process on a lane and starts it: once more when the first one does not come to its start.
 *
 * @returns undefined when there is none: Vitest has lost interest, or `onFailure` was told why.
 */
export async function openDuty(
  start: Extract<WorkerRequest, { type: 'start' }>,
  it: DutyOpening,
): Promise<Duty | undefined> {
  const { lanes, supervisor, pool, isStopped, onFailure } = it
  const began = performance.now()
  for (let again = false; !isStopped(); again = true) {
    const duty = await employ(it)
    if (duty === undefined) return undefined
    duty.send(start)
    lanes.began(duty.seat)
    const started = await duty.started
    if (started.ok) {
      // Vitest has measured the time until our answer.
      pool.project.vitest.state.startupTime += performance.now() - began
      return duty
    }
    if (isStopped()) return undefined
    if (started.end === undefined) {
      await duty.stop()
      onFailure(asError(started.error))
      return undefined
    }
    const failure = supervisor.notStarted(duty.seat, started.end, again)
    if (failure !== undefined) {
      onFailure(failure)
      return undefined
    }
  }
  return undefined
}

async function employ(it: DutyOpening): Promise<Duty | undefined> {
  const { lanes, supervisor, pool } = it
  const { distPath, env, execArgv, project } = pool
  const { outputStream, errorStream } = project.vitest.logger
  const options = {
    worker: resolve(distPath, 'workers/forks.js'),
    compileCache: lanes.compileCache,
    env,
    execArgv,
    stdout: outputStream,
    stderr: errorStream,
  }
  const seat = await lanes.seat(options).catch((error: unknown) => {
    it.onFailure(presentable(error))
  })
  if (seat === undefined) return undefined
  const duty: Duty = new Duty(seat, {
    afterMs: supervisor.afterMs,
    teardownMs: project.config.teardownTimeout,
    onMessage: (message) => it.onMessage(duty, message),
    // A worker tells up to 100 ms later which test runs: one that blocks its thread before has not told.
    onLook: ({ file: noted, tests: [test], atMs }) => {
      const file = it.fileOf(noted)
      if (file === undefined || test === undefined) return
      lanes.at(file, test.name, Date.now() - (clockMs() - atMs))
    },
    onSilence: async (silence) =>
      await supervisor.silent(seat, silence, it.fileOf(silence.progress?.file)),
    onEnd: (end) => it.onEnd(duty, end),
  })
  it.onDuty(duty)
  if (it.isStopped()) await duty.stop()
  return duty
}

/** A worker sends its errors as plain data. */
function asError(data: unknown): Error {
  if (data instanceof Error) return data
  const { name, message, stack } = Object(data) as Partial<Record<string, unknown>>
  const error = new Error(String(message ?? data))
  if (typeof name === 'string') error.name = name
  if (typeof stack === 'string') error.stack = stack
  return error
}
