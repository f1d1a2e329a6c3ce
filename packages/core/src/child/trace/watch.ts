import { replaceMethod } from '@isolane/record/observe'
import { onCall } from './replace.ts'
import { captured, currentScope, noteLeftover } from './scope.ts'

type Listener = (...args: unknown[]) => void

/** Frames that suffice to see whose code has set a timer or added a listener: suites set many. */
const depth = 12
const timers = ['setInterval', 'setTimeout'] as const

/**
 * Notes what tests begin in their process and may leave behind: timers, child processes, listeners of `process`, its
 * working directory and its environment.
 *
 * @param restoresEnvironment whether the runner itself takes back what it changes in the environment for a test.
 */
export function watchProcess(restoresEnvironment: boolean): void {
  for (const name of timers) watchTimer(process.getBuiltinModule('node:timers'), name)
  watchChildren()
  watchListeners()
  watchWorkingDirectory()
  watchEnvironment(restoresEnvironment)
}

/** Has the global timers watched. A runner that keeps timers of its own has taken them before. */
export function watchGlobalTimers(): void {
  for (const name of timers) watchTimer(globalThis, name)
}

function watchTimer(target: object, name: (typeof timers)[number]): void {
  replaceMethod(target, name, (original, self, args) => {
    const timer = Reflect.apply(original, self, args) as NodeJS.Timeout
    const delay = Number(args[1])
    // The next turn of the event loop, as with setImmediate: over before anybody could clear it.
    const isNextTurn = name === 'setTimeout' && !(delay > 1)
    if (!isNextTurn && currentScope() !== undefined) noteTimer(timer, name, args[1])
    return timer
  })
}

function noteTimer(timer: NodeJS.Timeout, name: string, delay: unknown): void {
  const what = name === 'setInterval' ? 'an interval running' : 'a timeout pending'
  noteLeftover(
    timer,
    {
      kind: 'timer',
      onlyOfProject: true,
      remains: () => isWaiting(timer) && timer.hasRef(),
      text: () => `left ${what} (${Number(delay ?? 1)} ms)`,
    },
    depth,
  )
}

// Node.js has no public way to ask; it destroys a timer that has fired or was cleared (lib/internal/timers.js).
function isWaiting(timer: NodeJS.Timeout): boolean {
  return Reflect.get(timer, '_destroyed') !== true
}

function watchChildren(): void {
  const { ChildProcess: Class } = process.getBuiltinModule('node:child_process')
  // However a process is started, it is started with this.
  onCall(Class.prototype, 'spawn', function () {
    noteLeftover(this, {
      kind: 'child',
      mayEndSoon: true,
      remains: () =>
        this.pid !== undefined &&
        this.exitCode === null &&
        this.signalCode === null &&
        !this.killed,
      text: () => {
        const command = this.spawnargs.join(' ').slice(0, 120)
        return `left a child process running: ${command} (pid ${this.pid})`
      },
    })
  })
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
        depth,
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
