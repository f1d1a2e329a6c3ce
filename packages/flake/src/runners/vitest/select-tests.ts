import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TestSpecification, Vitest } from 'vitest/node'
import type { Selection } from '../selection.ts'
import { pinOrder, specName } from './pin-order.ts'

interface Runs {
  runFiles(specs: TestSpecification[], all: boolean): Promise<unknown>
}

/**
 * Makes Vitest run the tests of a selection and no others, in its order, so often as it says. Files that
 * share a worker or a global setup run only once: a second time they would not meet a fresh one.
 *
 * @param path of the selection; the module for the workers is written beside it.
 * @param onRepetition called before each run of the files.
 * @returns how often the files run.
 */
export function selectTests(
  vitest: Vitest,
  selection: Selection,
  path: string,
  onRepetition: (repetition: number) => void,
): number {
  pinOrder(vitest, selection.files)
  if (Object.keys(selection.tests).length > 0) pickTests(vitest, selection, path)
  const fresh = vitest.projects.every(
    ({ config }) => config.isolate && [config.globalSetup].flat().length === 0,
  )
  const times = fresh ? selection.times : 1
  const files = new Set(selection.files)
  // `start` is under way already; what it calls next is still ours to choose.
  const runs = vitest as unknown as Runs
  const runFiles = runs.runFiles.bind(vitest)
  runs.runFiles = async (specs, all) => {
    const selected = specs.filter((spec) => files.has(specName(spec)))
    let result: unknown
    for (let repetition = 0; repetition < times; repetition += 1) {
      onRepetition(repetition)
      result = await runFiles([...selected], all)
    }
    return result
  }
  return times
}

// Only the test runner inside a worker can change the order of tests; it extends the project's own.
function pickTests(vitest: Vitest, selection: Selection, path: string): void {
  const arrange = new URL('./arrange-tests.js', import.meta.url).href
  for (const [at, { config }] of vitest.projects.entries()) {
    const base =
      config.runner === undefined
        ? `import { TestRunner as Base } from ${quoted(pathToFileURL(join(vitest.distPath, 'index.js')).href)}`
        : `import Base from ${quoted(config.runner)}`
    const module = `${path}-${at}.mjs`
    writeFileSync(
      module,
      `${base}
import { arrangeTests } from ${quoted(fileURLToPath(arrange))}
const tests = ${JSON.stringify(selection.tests)}
export default class extends Base {
  async onCollected(files) {
    arrangeTests(files, tests, this.config, ${quoted(process.cwd())})
    await super.onCollected?.(files)
  }
}
`,
      { mode: 0o600 },
    )
    config.runner = module
  }
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
