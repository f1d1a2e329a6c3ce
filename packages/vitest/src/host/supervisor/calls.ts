import type { NotedResult } from '../../shared/progress.ts'

/** A call that a worker makes in the main process, or the answer to one, as Vitest's channel carries them (birpc). */
export type ChannelMessage =
  | {
      readonly t: 'q'
      readonly m: string
      readonly a: readonly unknown[]
      /** Missing where no answer is wanted. */
      readonly i?: string | undefined
    }
  | { readonly t: 's'; readonly i: string; readonly r?: unknown; readonly e?: unknown }

/** What is read of a task that a worker tells of: a file, a suite or a test. */
export interface Task {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly fullTestName?: string
  readonly mode: string
  readonly meta: Readonly<Record<string, unknown>>
  readonly tasks?: readonly Task[]
  readonly location?: { readonly line: number; readonly column: number }
  readonly result?: TaskResult | undefined
}

export interface FileTask extends Task {
  readonly filepath: string
  readonly tasks: readonly Task[]
}

export type TaskResult = NotedResult

export interface TaskError {
  readonly name: string
  readonly message: string
  readonly stack: string
}

export type Pack = readonly [
  id: string,
  result: TaskResult | undefined,
  meta: Readonly<Record<string, unknown>>,
]
export type TaskEvent = readonly [id: string, event: string, data: unknown]

/** Whether a message of a worker is one of the channel, and not a response of the worker itself. */
export function isChannelMessage(message: unknown): message is ChannelMessage {
  const type: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 't') : undefined
  return type === 'q' || type === 's'
}

/** The tests of a file or suite, at any depth; a test itself. */
export function testsOf(task: Task): readonly Task[] {
  return task.type === 'suite' ? (task.tasks ?? []).flatMap(testsOf) : [task]
}
