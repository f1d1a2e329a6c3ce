import { readFileSync } from 'node:fs'
import type { TestRef } from './driver.ts'

/** Which tests an arm runs, as a driver tells our code inside the runner. */
export interface Selection {
  /** Files by {@link selectedName}, in the order in which they start. Undefined: all, in the order of the run. */
  readonly files?: readonly string[]
  /** Title paths that run, by file, in their order; a file that is not in it runs whole. */
  readonly tests: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly times: number
  /** What runs after it in the same invocation. */
  readonly more?: readonly Selection[]
}

/** How a file is named in a selection and in an order. */
export function selectedName(project: string, file: string): string {
  return `${project} ${file}`
}

/** The selection of these tests. A file that is named without a test runs whole. */
export function selectionOf(tests: readonly TestRef[], times: number): Selection {
  const picked = new Map<string, (readonly string[])[]>()
  const whole = new Set<string>()
  for (const { project, file, titlePath } of tests) {
    const name = selectedName(project, file)
    const titles = picked.get(name) ?? []
    picked.set(name, titles)
    if (titlePath.length === 0) whole.add(name)
    else titles.push(titlePath)
  }
  return {
    files: [...picked.keys()],
    tests: Object.fromEntries([...picked].filter(([name]) => !whole.has(name))),
    times,
  }
}

/** Reads the selection that `ISOLANE_SELECTION` names; undefined when it names none. */
export function readSelection(path: string | undefined): Selection | undefined {
  if (path === undefined || path === '') return undefined
  return JSON.parse(readFileSync(path, 'utf8')) as Selection
}
