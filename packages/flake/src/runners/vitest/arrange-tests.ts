import { relative } from 'node:path'
import { selectedName } from '../selection.ts'
import type { Selection } from '../selection.ts'

/** The parts of Vitest's tasks that matter here. */
interface Task {
  readonly name: string
  readonly type: string
  mode: string
  result?: { state: string } | undefined
  shuffle?: boolean
  tasks?: Task[]
}

interface FileTask extends Task {
  readonly filepath: string
  readonly projectName?: string | undefined
}

/** Skips what is not selected, suites without a selected test with their hooks, and orders the rest. */
export function arrangeTests(
  files: readonly FileTask[],
  selected: Selection['tests'],
  config: { sequence: { shuffle?: unknown } },
  cwd: string,
): void {
  for (const file of files) {
    // As `keyPath` does, which would bring the whole of the record into every worker.
    const path = relative(cwd, file.filepath).replaceAll('\\', '/')
    const titles = selected[selectedName(file.projectName ?? '', path)]
    if (titles === undefined) continue
    config.sequence.shuffle = false
    const places = new Map(titles.map((path, place) => [JSON.stringify(path), place]))
    arrange(file, [], places)
  }
}

// Gives the place of the first selected test in the suite.
function arrange(suite: Task, above: readonly string[], places: Map<string, number>): number {
  const found = new Map<Task, number>()
  suite.shuffle = false
  for (const task of suite.tasks ?? []) {
    const path = [...above, task.name]
    const place =
      task.type === 'suite'
        ? arrange(task, path, places)
        : (places.get(JSON.stringify(path)) ?? Infinity)
    found.set(task, place)
    if (place === Infinity) skip(task)
  }
  suite.tasks?.sort((a, b) => compare(found.get(a), found.get(b)))
  return Math.min(Infinity, ...found.values())
}

function compare(a = Infinity, b = Infinity): number {
  return a === b ? 0 : a - b
}

function skip(task: Task): void {
  task.mode = 'skip'
  if (task.type !== 'suite') task.result = { state: 'skip' }
}
