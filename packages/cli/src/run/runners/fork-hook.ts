import type { ChildProcess } from 'node:child_process'
import { interceptForks } from '@isolane/sandbox'
import type { ForkCall, ForkPlan } from '@isolane/sandbox'
import type { Worker } from './session.ts'

/**
 * Puts the workers that a runner forks into sandboxes.
 *
 * @param enter makes the sandbox of a test worker; undefined for every other process.
 * @param filesOf gives the test files, absolute, that a message to a worker asks it to run.
 * @param explainErrors adds what the sandbox has to do with them to the errors in a message from a worker.
 */
export function sandboxForks(
  enter: (call: ForkCall) => Worker | undefined,
  filesOf: (message: unknown) => readonly string[],
  explainErrors: NonNullable<ForkPlan['onMessage']>,
): void {
  interceptForks((call) => {
    const worker = enter(call)
    if (worker === undefined) return undefined
    const onStart = (child: ChildProcess): void => {
      worker.plan.onStart?.(child)
      const send = child.send.bind(child) as (...args: unknown[]) => boolean
      child.send = (...args: unknown[]) => {
        for (const file of filesOf(args[0])) worker.runs(file)
        return send(...args)
      }
    }
    return { ...worker.plan, onStart, onMessage: explainErrors }
  })
}
