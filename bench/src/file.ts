import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from './figure.ts'
import type { BenchResult, Row } from './figure.ts'
import type { FileEnd } from './file-ends-reporter.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 30
/** The first of them wait for Vite and for the first lanes. */
const warmUp = 5
const reporter = fileURLToPath(new URL('./file-ends-reporter.ts', import.meta.url))
const preload = fileURLToPath(new URL('./mark-worker.cjs', import.meta.url))

interface Mark {
  readonly atMs: number
  readonly cpuMs: number
}

/** What a worker had used at each of its steps. */
type Marks = Readonly<Record<'booted' | 'start' | 'run' | 'ran' | 'stopped', Mark>>

const steps = [
  ['Node.js starts', undefined, 'booted'],
  ["Vitest's worker is loaded", 'booted', 'start'],
  ['the environment is set up', 'start', 'run'],
  ['the file runs', 'run', 'ran'],
  ['teardown', 'ran', 'stopped'],
] as const

/**
 * Where the time of one trivial file goes: what its worker uses of the processor at each step, and the main process for
 * it, with one worker at a time. Beside it a process of Node.js that does nothing, which is the floor of every pool with a
 * process for each file.
 */
export async function file(rounds: number): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'isolane-bench-file-'))
  const seen = new Map<string, number[]>()
  const note = (what: string, values: readonly number[]): void => {
    seen.set(what, [...(seen.get(what) ?? []), ...values])
  }
  try {
    await using project = await VitestProject.make(trivialFiles(files), trivialTests(files))
    for (let round = 0; round <= rounds; round++) {
      // The first round warms up.
      if (round === 1) seen.clear()
      for (const pool of ['isolated', 'forks']) {
        const { workers, ends } = await run(project, pool, directory)
        for (const [what, from, to] of steps) {
          const used = workers.map((marks) => marks[to].cpuMs - (from ? marks[from].cpuMs : 0))
          note(`${pool}: ${what}`, used)
        }
        const [first, last] = [ends[warmUp], ends.at(-1)]
        if (first === undefined || last === undefined) throw new Error('No file has ended.')
        const passed = ends.length - 1 - warmUp
        note(`${pool}: the main process`, [(last.cpuMs - first.cpuMs) / passed])
        note(`${pool}: clock, from one file to the next`, [(last.atMs - first.atMs) / passed])
        const gaps = workers
          .slice(1)
          .map(({ run: it }, at) => it.atMs - (workers[at]?.ran.atMs ?? 0))
        note(`${pool}: clock, of it until the next one begins`, gaps)
      }
      note('floor: a process of Node.js that does nothing', await nothing(10))
      console.error(`file: round ${round} of ${rounds}`)
    }
    const rows: Row[] = [...seen].map(([what, values]) => ({ what, medianMs: median(values) }))
    return { figures: [], tables: { 'one file, CPU time where not said otherwise, median': rows } }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function run(
  project: VitestProject,
  pool: string,
  directory: string,
): Promise<{ readonly workers: readonly Marks[]; readonly ends: readonly FileEnd[] }> {
  const [marks, ends] = [join(directory, 'marks'), join(directory, 'ends')]
  for (const path of [marks, ends]) await rm(path, { force: true })
  await project.time([`--pool=${pool}`, '--maxWorkers=1', `--reporter=${reporter}`], {
    env: {
      ISOLANE_BENCH_MARKS: marks,
      ISOLANE_BENCH_ENDS: ends,
      NODE_OPTIONS: `--require=${preload}`,
    },
  })
  const workers = (await lines(marks)) as Marks[]
  if (workers.length < files) throw new Error(`${workers.length} of ${files} workers have stopped.`)
  return {
    workers: workers.toSorted((a, b) => a.run.atMs - b.run.atMs).slice(warmUp),
    ends: (await lines(ends)) as FileEnd[],
  }
}

async function lines(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

/** CPU time of so many processes that only tell it. */
async function nothing(count: number): Promise<number[]> {
  const script =
    'const { user, system } = process.cpuUsage(); process.stdout.write(String(user + system))'
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
    await once(child, 'close')
    times.push(Number(said) / 1_000)
  }
  return times
}
