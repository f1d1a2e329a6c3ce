import { flattenError } from './thread-error.ts'
import type { ThreadError } from './thread-error.ts'

/** One piece of work for a thread: a module and the name of the function it exports. */
export interface ThreadTask {
  readonly module: string
  readonly name: string
  readonly argument: unknown
}

/** What a thread answers. Errors travel as data, because a structured clone drops their code and details. */
export type ThreadAnswer = { readonly result: unknown } | { readonly error: ThreadError }

// It would end the thread without a word, and Tinypool would wait for its answer for ever.
process.exit = (code) => {
  throw new Error(`process.exit(${code ?? ''}) was called, which would have ended the thread`)
}

/** Runs one task. Tinypool calls it in a thread. */
export default async function run(task: ThreadTask): Promise<ThreadAnswer> {
  try {
    const exported = (await import(task.module)) as Record<string, unknown>
    const work = exported[task.name]
    if (typeof work !== 'function') {
      throw new TypeError(`${task.module} exports no function "${task.name}"`)
    }
    const result = await (work as (argument: unknown) => unknown)(task.argument)
    return { result: structuredClone(result) }
  } catch (thrown) {
    return { error: flattenError(thrown) }
  }
}
