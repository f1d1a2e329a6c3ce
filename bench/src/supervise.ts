import { median } from './figure.ts'
import type { BenchResult, Figure } from './figure.ts'
import { VitestProject } from './vitest-project.ts'

const testTimeoutMs = 500
const afterMs = 1_000

const other = `
  import { test } from 'vitest'
  process.stderr.write('first ' + Date.now() + '\\n')
  test('waits', async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    process.stderr.write('last ' + Date.now() + '\\n')
  })
`

const files = {
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    export default defineConfig({
      plugins: [isolated(undefined, { hang: { after: ${afterMs} } })],
      test: { pool: 'isolated', testTimeout: ${testTimeoutMs}, environment: './environment.ts' },
    })
  `,
  'environment.ts': `
    export default {
      name: 'tells',
      viteEnvironment: 'ssr',
      setup() {
        process.stderr.write('setup ' + Date.now() + '\\n')
        return { teardown() {} }
      },
    }
  `,
  'loop.test.ts': `
    import { test } from 'vitest'
    interface Turn { count: number }
    test('turns for ever', () => {
      process.stderr.write('began ' + Date.now() + '\\n')
      const turn: Turn = { count: 0 }
      for (;;) turn.count += 1
    })
  `,
  'crash.test.ts': `
    import { test } from 'vitest'
    process.stderr.write('loaded ' + Date.now() + '\\n')
    test('dies', async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      process.stderr.write('dies ' + Date.now() + '\\n')
      process.kill(process.pid, 'SIGKILL')
    })
  `,
  // Files without a crash, to compare with.
  ...Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`other${index}.test.ts`, other])),
}

/**
 * How long a hang keeps its secret, and a crash its file: from the limit of a synchronous loop until its stack is
 * printed, and from the moment before a worker kills itself until another sets up the environment for its file.
 */
export async function supervise(rounds: number): Promise<BenchResult> {
  await using project = await VitestProject.make(files, 0)
  const stackMs: number[] = []
  const rerunMs: number[] = []
  const lineMs: number[] = []
  const nextMs: number[] = []
  for (let round = 0; round <= rounds; round++) {
    const hang = await project.lines(['--pool=isolated', 'loop'])
    const limit = said(hang, /^began (\d+)$/) + testTimeoutMs + afterMs
    const stack = cameAt(hang, /^ {4}at loop\.test\.ts:7:/) - limit
    const crash = await project.lines(['--pool=isolated', 'crash', 'other', '--maxWorkers=1'])
    const died = said(crash, /^dies (\d+)$/)
    const rerun = firstAfter(died, crash, /^setup (\d+)$/) - died
    const line = firstAfter(died, crash, /^loaded (\d+)$/) - died
    const next = [0, 1, 2].map(
      (at) => said(crash, /^first (\d+)$/, at + 1) - said(crash, /^last (\d+)$/, at),
    )
    console.error(
      `supervise: round ${round} of ${rounds}, stack ${stack} ms, rerun ${rerun} ms, its first line ${line} ms, next file ${median(next)} ms`,
    )
    // The first one warms up.
    if (round === 0) continue
    stackMs.push(stack)
    rerunMs.push(rerun)
    lineMs.push(line)
    nextMs.push(median(next))
  }
  return {
    figures: [
      promised('supervise, from the limit of a loop to its printed stack', 1_000, stackMs),
      promised('supervise, from a crash to the start of its rerun', 200, rerunMs),
    ],
    tables: {
      'Supervision, medians': [
        { what: 'limit of a loop to its printed stack', medianMs: median(stackMs) },
        { what: 'crash to the start of its rerun', medianMs: median(rerunMs) },
        { what: 'crash to the first line of its rerun', medianMs: median(lineMs) },
        {
          what: 'last line of a file to the first of the next, without a crash',
          medianMs: median(nextMs),
        },
      ],
    },
  }
}

type Line = Awaited<ReturnType<VitestProject['lines']>>[number]

function promised(what: string, promiseMs: number, oursMs: readonly number[]): Figure {
  const ratio = median(oursMs) / promiseMs
  return {
    what,
    ours: 'measured',
    theirs: 'promised',
    ratio,
    goal: 1,
    oursMs,
    theirsMs: [promiseMs],
  }
}

/** The number in the line that matches, the `index`th of them. */
function said(lines: readonly Line[], pattern: RegExp, index = 0): number {
  const found = lines.flatMap(({ text }) => pattern.exec(text)?.[1] ?? [])[index]
  if (found === undefined) throw missing(lines, pattern)
  return Number(found)
}

/** The first number after `time` in the lines that match. */
function firstAfter(time: number, lines: readonly Line[], pattern: RegExp): number {
  const numbers = lines.map(({ text }) => Number(pattern.exec(text)?.[1] ?? 0))
  const found = numbers.find((number) => number > time)
  if (found === undefined) throw missing(lines, pattern)
  return found
}

function cameAt(lines: readonly Line[], pattern: RegExp): number {
  const found = lines.find(({ text }) => pattern.test(text))
  if (found === undefined) throw missing(lines, pattern)
  return found.atMs
}

function missing(lines: readonly Line[], pattern: RegExp): Error {
  const all = lines.map(({ text }) => text).join('\n')
  return new Error(`No line matches ${String(pattern)}:\n${all}`)
}
