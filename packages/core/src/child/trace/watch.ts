import { basename } from 'node:path'
import { replaceMethod } from '@isolane/record/observe'
import { onCall } from './replace.ts'
import { captured, currentScope, fewFrames, noteLeftover } from './scope.ts'
import { watchTimers } from './timers.ts'

type Listener = (...args: unknown[]) => void

/**
 * Notes what tests begin in their process and may leave behind: timers, child processes, listeners of `process`, its
 * working directory and its environment.
 *
 * @param restoresEnvironment whether the runner itself takes back what it changes in the environment for a test.
 */
export function watchProcess(restoresEnvironment: boolean): void {
  watchTimers()
  watchChildren()
  watchListeners()
  watchWorkingDirectory()
  watchEnvironment(restoresEnvironment)
}

/** Signals that ask a process to end. 0 only asks whether it is there, and others have it do something. */
const endings: ReadonlySet<unknown> = new Set([
  undefined,
  ...['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGTERM'],
  ...[1, 2, 3, 6, 9, 15],
])

function watchChildren(): void {
  const { ChildProcess: Class } = process.getBuiltinModule('node:child_process')
  const asked = new WeakSet<object>()
  replaceMethod(Class.prototype, 'kill', (original, self, args) => {
    if (endings.has(args[0])) asked.add(self)
    return Reflect.apply(original, self, args)
  })
  // However a process is started, it is started with this.
  onCall(Class.prototype, 'spawn', function () {
    noteLeftover(this, {
      kind: 'child',
      mayEndSoon: true,
      wasAskedToEnd: () => asked.has(this),
      remains: () => this.pid !== undefined && this.exitCode === null && this.signalCode === null,
      text: () => {
        const command = commandText(this.spawnargs)
        return `left a child process running: ${command} (pid ${this.pid})`
      },
    })
  })
}

/** The program by its name alone: where it is installed differs from machine to machine. */
function commandText([program = '', ...rest]: readonly string[]): string {
  const text = [basename(program), ...rest].join(' ')
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}

function watchListeners(): void {
  for (const name of ['addListener', 'on', 'once', 'prependListener', 'prependOnceListener']) {
    onCall(process, name, ([event, listener]) => {
      if (typeof listener !== 'function') return
      noteLeftover(
        listener,
        {
          kind: 'listener',
          onlyOfProject: true,
          remains: () => process.listeners(event as 'exit').includes(listener as Listener),
          text: () => `left a listener for "${String(event)}" of process`,
        },
        fewFrames,
      )
    })
  }
}

/** Back to where the worker was before all tests is no change. */
function watchWorkingDirectory(): void {
  const base = process.cwd()
  onCall(process, 'chdir', () => {
    const before = process.cwd()
    if (currentScope()?.left.has('cwd') === true) return
    noteLeftover('cwd', {
      kind: 'cwd',
      remains: () => ![before, base].includes(process.cwd()),
      text: () => `left the working directory changed to ${process.cwd()}`,
    })
  })
}

/**
 * What replaces `process.env` as a whole, as some suites do in `beforeEach`, looks after it itself: while it is
 * replaced nothing is noted. Back to what a variable was before all tests is no change.
 */
function watchEnvironment(restores: boolean): void {
  const real = process.env
  const bases = new Map<string, string | undefined>()
  const note = (name: string | symbol): void => {
    const scope = currentScope()
    if (typeof name !== 'string' || scope === undefined) return
    const identity = `env ${name}`
    const before = real[name]
    if (!bases.has(name)) bases.set(name, before)
    const base = bases.get(name)
    // What the runner does for a test (vi.stubEnv) it takes back itself.
    if (scope.left.has(identity) || (restores && isStub(captured(6)))) return
    noteLeftover(identity, {
      kind: 'env',
      remains: () => process.env === traced && ![before, base].includes(real[name]),
      text: () => {
        const what = before === undefined ? 'set' : name in real ? 'changed' : 'deleted'
        return `left process.env.${name} ${what}`
      },
    })
  }
  const traced = new Proxy(real, {
    set(target, name, value) {
      note(name)
      return Reflect.set(target, name, value)
    },
    defineProperty(target, name, descriptor) {
      note(name)
      return Reflect.defineProperty(target, name, descriptor)
    },
    deleteProperty(target, name) {
      note(name)
      return Reflect.deleteProperty(target, name)
    },
  })
  process.env = traced
}

function isStub({ stack = '' }: Error): boolean {
  return /\bstubEnv\b/.test(stack)
}
