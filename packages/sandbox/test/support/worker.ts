import { fork } from 'node:child_process'
import type { ChildProcess, ForkOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { forkInside } from '@isolane/sandbox'
import type { Footprint, Sandboxes } from '@isolane/sandbox'
import { onTestFinished } from 'vitest'
import { tempDirectory } from './sandbox.ts'

/** A forked process. */
export interface Worker {
  readonly child: ChildProcess
  /** The first message that it sends. Rejects when it ends without one. */
  readonly message: Promise<unknown>
  /** When its output has ended too. */
  readonly ended: Promise<Ended>
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Of a worker in a sandbox. */
  readonly footprint?: Footprint
}

export interface WorkerOptions extends ForkOptions {
  readonly args?: readonly string[]
}

/** Forks a CommonJS module the plain way. */
export function workerOutside(code: string, options: WorkerOptions = {}): Worker {
  const { args = [], ...rest } = options
  return watched(fork(moduleOf(code), [...args], { ...rest, silent: true }), () => undefined)
}

/** Forks the same in a sandbox. */
export function workerInside(
  sandboxes: Sandboxes,
  code: string,
  options: WorkerOptions = {},
): Worker {
  const { args = [], ...rest } = options
  const sandbox = sandboxes.enter({ cwd: rest.cwd === undefined ? undefined : String(rest.cwd) })
  const call = { modulePath: moduleOf(code), args, options: { ...rest, silent: true } }
  let footprint: Footprint | undefined
  const child = forkInside(fork, call, { sandbox, onEnd: (seen) => (footprint = seen) })
  return watched(child, () => footprint)
}

let directory: string | undefined

function moduleOf(code: string): string {
  if (directory === undefined) {
    directory = tempDirectory()
    onTestFinished(() => (directory = undefined))
  }
  const path = join(mkdtempSync(join(directory, 'module-')), 'worker.cjs')
  writeFileSync(path, code)
  return path
}

function watched(child: ChildProcess, footprint: () => Footprint | undefined): Worker {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const message = new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('close', () => reject(new Error(`It ended without a message. ${stdout}${stderr}`)))
  })
  // Not every test asks for it.
  message.catch(() => undefined)
  return {
    child,
    message,
    ended: once(child, 'close').then(([code, signal]: unknown[]) => {
      const seen = footprint()
      return {
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
        stdout,
        stderr,
        ...(seen === undefined ? {} : { footprint: seen }),
      }
    }),
  }
}
