import { inspect } from 'node:util'
import { replaceMethod } from '@isolane/record/observe'
import { currentScope, fewFrames, noteLeftover } from './scope.ts'

const names = ['setInterval', 'setTimeout'] as const

/** Notes the timers that are set with `node:timers` and `node:timers/promises`. */
export function watchTimers(): void {
  for (const name of names) watchTimer(process.getBuiltinModule('node:timers'), name)
  watchPromises()
}

/** Has the global timers watched. A runner that keeps timers of its own has taken them before. */
export function watchGlobalTimers(): void {
  for (const name of names) watchTimer(globalThis, name)
}

function watchTimer(target: object, name: (typeof names)[number]): void {
  replaceMethod(target, name, (original, self, args) => {
    const timer = Reflect.apply(original, self, args) as NodeJS.Timeout
    if (!isWatched(name, args[1])) return timer
    noteTimer(timer, name, args[1], () => isWaiting(timer) && timer.hasRef())
    return timer
  })
}

function watchPromises(): void {
  const timers = process.getBuiltinModule('node:timers/promises')
  replaceMethod(timers, 'setTimeout', (original, self, args) => {
    const promise = Reflect.apply(original, self, args) as Promise<unknown>
    const [delay, , options] = args
    if (!isWatched('setTimeout', delay) || !hasRef(options)) return promise
    noteTimer(promise, 'setTimeout', delay, () => isIn(promise, 'pending'))
    return promise
  })
  replaceMethod(timers, 'setInterval', (original, self, args) => {
    const turns = Reflect.apply(original, self, args) as AsyncGenerator
    const [delay, , options] = args
    if (isWatched('setInterval', delay) && hasRef(options)) watchTurns(turns, delay)
    return turns
  })
}

/** An interval begins with its first turn, and is over when whoever takes them stops or it is aborted. */
function watchTurns(turns: AsyncGenerator, delay: unknown): void {
  let last: Promise<unknown> | undefined
  let isOver = false
  replaceMethod(turns, 'next', (next, self, args) => {
    const isFirst = last === undefined && !isOver
    last = Reflect.apply(next, self, args) as Promise<unknown>
    if (isFirst) {
      const remains = (): boolean => !isOver && last !== undefined && !isIn(last, 'rejected')
      noteTimer(turns, 'setInterval', delay, remains)
    }
    return last
  })
  for (const name of ['return', 'throw']) {
    replaceMethod(turns, name, (end, self, args) => {
      isOver = true
      return Reflect.apply(end, self, args)
    })
  }
}

function isWatched(name: string, delay: unknown): boolean {
  // The next turn of the event loop, as with setImmediate: over before anybody could clear it.
  const isNextTurn = name === 'setTimeout' && !(Number(delay) > 1)
  return !isNextTurn && currentScope() !== undefined
}

function noteTimer(timer: object, name: string, delay: unknown, remains: () => boolean): void {
  const what = name === 'setInterval' ? 'an interval running' : 'a timeout pending'
  noteLeftover(
    timer,
    {
      kind: 'timer',
      onlyOfProject: true,
      remains,
      text: () => `left ${what} (${Number(delay ?? 1)} ms)`,
    },
    fewFrames,
  )
}

// Node.js has no public way to ask; it destroys a timer that has fired or was cleared (lib/internal/timers.js).
function isWaiting(timer: NodeJS.Timeout): boolean {
  return Reflect.get(timer, '_destroyed') !== true
}

function hasRef(options: unknown): boolean {
  return (options as { readonly ref?: unknown } | null | undefined)?.ref !== false
}

// A handler that tells would make a rejection a handled one.
function isIn(promise: Promise<unknown>, state: 'pending' | 'rejected'): boolean {
  const shown = inspect(promise, { customInspect: false, depth: 0, maxArrayLength: 0 })
  return new RegExp(`^Promise \\{\\s+<${state}>`).test(shown)
}
