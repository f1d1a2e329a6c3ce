import type { NotedResult } from '../../shared/progress.ts'
import { testsOf } from './calls.ts'
import type {
  ChannelMessage,
  FileTask,
  Pack,
  Task,
  TaskError,
  TaskEvent,
  TaskResult,
} from './calls.ts'

type Call = ChannelMessage & { readonly t: 'q' }

export interface BrokenOff {
  /** Tests that ran. */
  readonly ids: readonly string[]
  readonly error: TaskError
  readonly queued: boolean
  readonly collected: boolean
  heard(id: string, event: string): boolean
  /** Results that its worker held back. */
  readonly results: ReadonlyMap<string, NotedResult>
  /** State in which each test ended that has ended. */
  readonly ended: ReadonlyMap<string, string>
  meta(task: Task): Readonly<Record<string, unknown>>
}

/** What the worker of a file would have told, had it come to its end with an error where it was. */
export function brokenOff(file: FileTask, it: BrokenOff): readonly Call[] {
  const packs: Pack[] = []
  const events: TaskEvent[] = []
  const startTime = Date.now()
  const failed: TaskResult = { state: 'fail', errors: [it.error], startTime, duration: 0 }
  const tell = (task: Task, result: TaskResult, ...names: readonly string[]): void => {
    packs.push([task.id, result, it.meta(task)])
    for (const name of names) {
      if (!it.heard(task.id, name)) events.push([task.id, name, undefined])
    }
  }
  const visit = (task: Task): void => {
    const result = it.results.get(task.id)
    if (task.type === 'suite') {
      for (const child of task.tasks ?? []) visit(child)
      if (task.id !== file.id && !it.heard(task.id, 'suite-finished')) {
        packs.push([task.id, { state: stateOf(task, it), startTime }, it.meta(task)])
      }
    } else if (it.ids.includes(task.id)) {
      tell(task, failed, 'test-prepare', 'test-finished')
    } else if (result !== undefined && !it.ended.has(task.id)) {
      tell(task, result, 'test-prepare', 'test-finished')
    } else if (!it.ended.has(task.id) && task.mode !== 'skip' && task.mode !== 'todo') {
      packs.push([task.id, { state: 'skip', note: 'not run: its worker ended' }, it.meta(task)])
    }
  }
  if (it.collected) {
    if (!it.heard(file.id, 'suite-prepare')) events.push([file.id, 'suite-prepare', undefined])
    visit(file)
    const own: TaskResult = it.ids.length > 0 ? { state: 'fail', startTime } : failed
    tell(file, own, 'suite-finished')
    return [call('onTaskUpdate', packs, events)]
  }
  // It never told which tests it has: it fails itself.
  const whole: FileTask = { ...file, tasks: [], mode: 'run', result: failed, meta: it.meta(file) }
  Reflect.set(whole, 'file', whole)
  Reflect.deleteProperty(whole, 'local')
  tell(whole, failed, 'suite-failed-early')
  return [
    ...(it.queued ? [] : [call('onQueued', whole)]),
    call('onCollected', [whole]),
    call('onTaskUpdate', packs, events),
  ]
}

function stateOf(suite: Task, { ids, ended, results }: BrokenOff): string {
  const states = testsOf(suite).map(({ id }) =>
    ids.includes(id) ? 'fail' : (ended.get(id) ?? results.get(id)?.state),
  )
  if (states.includes('fail')) return 'fail'
  return states.includes('pass') ? 'pass' : 'skip'
}

function call(method: string, ...args: readonly unknown[]): Call {
  return { t: 'q', m: method, a: args }
}
