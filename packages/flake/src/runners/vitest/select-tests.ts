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
 * Makes Vitest run the tests of a selection and no others, in its order, so often as it says, and then those of its
 * further selections. Files that share a worker or a global setup run only once: a second time they would not meet a
 * fresh one.
 *
 * @param path of the selection; the modules for the workers are written beside it.
 * @param onRepetition called before each run of the files.
 * @returns how often files run.
 */
export function selectTests(
  vitest: Vitest,
  selection: Selection,
  path: string,
  onRepetition: (repetition: number) => void,
): number {
  let current = selection
  if (selection.files !== undefined) pinOrder(vitest, () => current.files ?? [])
  const fresh = vitest.projects.every(
    ({ config }) => config.isolate && [config.globalSetup].flat().length === 0,
  )
  const rounds = fresh ? [selection, ...(selection.more ?? [])] : [selection]
  const times = fresh ? selection.times : 1
  const pick = testPicker(vitest, path)
  // `start` is under way already; what it calls next is still ours to choose.
  const runs = vitest as unknown as Runs
  const runFiles = runs.runFiles.bind(vitest)
  runs.runFiles = async (specs, all) => {
    let result: unknown
    for (const [at, round] of rounds.entries()) {
      current = round
      pick(round, at)
      const files = round.files && new Set(round.files)
      const selected = specs.filter((spec) => files === undefined || files.has(specName(spec)))
      for (let repetition = 0; repetition < times; repetition += 1) {
        onRepetition(at * times + repetition)
        result = await runFiles([...selected], all)
      }
    }
    return result
  }
  return rounds.length * times
}

// Only the test runner inside a worker can change the order of tests; it extends the project's own.
function testPicker(vitest: Vitest, path: string): (selection: Selection, round: number) => void {
  const arrange = new URL('./arrange-tests.js', import.meta.url).href
  const own = vitest.projects.map(({ config }) => config.runner)
  return ({ tests }, round) => {
    for (const [at, { config }] of vitest.projects.entries()) {
      const theirs = own[at]
      if (theirs === undefined) delete config.runner
      else config.runner = theirs
      if (Object.keys(tests).length === 0) continue
      const base =
        theirs === undefined
          ? `import { TestRunner as Base } from ${quoted(pathToFileURL(join(vitest.distPath, 'index.js')).href)}`
          : `import Base from ${quoted(theirs)}`
      const module = `${path}-${round === 0 ? '' : `${round}-`}${at}.mjs`
      writeFileSync(
        module,
        `${base}
import { arrangeTests } from ${quoted(fileURLToPath(arrange))}
const tests = ${JSON.stringify(tests)}
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
}

function quoted(text: string): string {
  return JSON.stringify(text)
}
