import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median } from './figure.ts'
import type { BenchResult, Figure, Row } from './figure.ts'
import type { FileEnd } from './file-ends-reporter.ts'
import { trivialFiles, trivialTests } from './trivial-files.ts'
import { VitestProject } from './vitest-project.ts'

const files = 1_000
/** Files at each end of a run whose times are compared. */
const ends = 100
/** The first of them wait for Vite and for the first lanes. */
const warmUp = 20
const allowedGrowth = 1.1
const reporter = fileURLToPath(new URL('./file-ends-reporter.ts', import.meta.url))

/** How a run of one pool went on. */
interface Course {
  readonly heap: { readonly [file in 100 | 500 | 1_000]: number }
  readonly resident: { readonly [file in 100 | 500 | 1_000]: number }
  readonly firstMs: number
  readonly lastMs: number
  /** CPU time of the main process for each file: other work of the machine does not stretch it. */
  readonly firstCpuMs: number
  readonly lastCpuMs: number
}

/**
 * Whether a long run slows down or swells: 1,000 trivial files, a fresh database and port for each. The time per file
 * in the last hundred beside the first, by the clock (for a quiet machine) and in CPU time, and what Vitest's main process holds beyond `forks`, whose own memory grows
 * with the results it keeps: its heap after a collection, between file 100 and file 1,000.
 */
export async function many(rounds: number): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'isolane-bench-many-'))
  try {
    await using project = await VitestProject.make(trivialFiles(files), trivialTests(files))
    const ours: Course[] = []
    const theirs: Course[] = []
    for (let round = 1; round <= rounds; round++) {
      for (const [pool, courses] of [
        ['isolated', ours],
        ['forks', theirs],
      ] as const) {
        const course = await run(project, pool, join(directory, 'ends.jsonl'))
        courses.push(course)
        console.error(`many: round ${round} of ${rounds}, ${pool}: ${told(course)}`)
      }
    }
    return { figures: figuresOf(ours, theirs), tables: tablesOf(ours, theirs) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function run(project: VitestProject, pool: string, file: string): Promise<Course> {
  await rm(file, { force: true })
  await project.time(
    [`--pool=${pool}`, `--maxWorkers=${availableParallelism()}`, `--reporter=${reporter}`],
    // Collected before each look, so that the heap is what is held and not what lies about.
    { env: { ISOLANE_BENCH_ENDS: file, NODE_OPTIONS: '--expose-gc' } },
  )
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  const seen = lines.map((line) => JSON.parse(line) as FileEnd)
  if (seen.length !== files) throw new Error(`${seen.length} of ${files} files have ended.`)
  const at = (ended: number): FileEnd => {
    const found = seen[ended - 1]
    if (found === undefined) throw new Error(`There is no file ${ended}.`)
    return found
  }
  const mib = (ended: number, what: 'heapMib' | 'residentMib'): number => at(ended)[what] ?? 0
  const of = (what: 'heapMib' | 'residentMib'): Course['heap'] => ({
    100: mib(100, what),
    500: mib(500, what),
    1_000: mib(1_000, what),
  })
  const perFile = (what: 'atMs' | 'cpuMs', from: number): number =>
    (at(from + ends)[what] - at(from)[what]) / ends
  return {
    heap: of('heapMib'),
    resident: of('residentMib'),
    firstMs: perFile('atMs', warmUp),
    lastMs: perFile('atMs', files - ends),
    firstCpuMs: perFile('cpuMs', warmUp),
    lastCpuMs: perFile('cpuMs', files - ends),
  }
}

function figuresOf(ours: readonly Course[], theirs: readonly Course[]): readonly Figure[] {
  const growth = (courses: readonly Course[]): number[] =>
    courses.map(({ heap }) => heap[1_000] - heap[100])
  const compared = (
    what: string,
    goal: number,
    names: readonly [string, string],
    [oursMs, theirsMs]: readonly [readonly number[], readonly number[]],
  ): Figure => ({
    what,
    goal,
    ours: names[0],
    theirs: names[1],
    ratio: median(oursMs) / median(theirsMs),
    oursMs,
    theirsMs,
  })
  return [
    compared(
      'many: time per file, the last hundred beside the first',
      allowedGrowth,
      ['last hundred', 'first hundred'],
      [ours.map(({ lastMs }) => lastMs), ours.map(({ firstMs }) => firstMs)],
    ),
    compared(
      'many: CPU time of the main process per file, the last hundred beside the first',
      allowedGrowth,
      ['last hundred', 'first hundred'],
      [ours.map(({ lastCpuMs }) => lastCpuMs), ours.map(({ firstCpuMs }) => firstCpuMs)],
    ),
    {
      ...compared(
        'many: heap of the main process, what 900 files add',
        allowedGrowth,
        ['--pool=isolated', '--pool=forks'],
        [growth(ours), growth(theirs)],
      ),
      unit: 'MiB',
    },
  ]
}

function tablesOf(
  ours: readonly Course[],
  theirs: readonly Course[],
): Readonly<Record<string, readonly Row[]>> {
  const rows = (pool: string, courses: readonly Course[]): Row[] =>
    ([100, 500, 1_000] as const).flatMap((file) =>
      (['heap', 'resident'] as const).map((what): Row => ({
        what: `${pool}, file ${file}: ${what}`,
        medianMs: median(courses.map((course) => course[what][file])),
        unit: 'MiB',
      })),
    )
  const times = (pool: string, courses: readonly Course[]): Row[] => {
    const of = (what: 'firstMs' | 'lastMs' | 'firstCpuMs' | 'lastCpuMs'): number =>
      median(courses.map((course) => course[what]))
    return [
      { what: `${pool}, first hundred`, medianMs: of('firstMs') },
      { what: `${pool}, last hundred`, medianMs: of('lastMs') },
      { what: `${pool}, first hundred: CPU of the main process`, medianMs: of('firstCpuMs') },
      { what: `${pool}, last hundred: CPU of the main process`, medianMs: of('lastCpuMs') },
    ]
  }
  return {
    'memory of the main process': [...rows('isolated', ours), ...rows('forks', theirs)],
    'time per file': [...times('isolated', ours), ...times('forks', theirs)],
  }
}

function told({ heap, resident, firstMs, lastMs }: Course): string {
  const mib = (values: Course['heap']): string =>
    [values[100], values[500], values[1_000]].map((value) => value.toFixed(0)).join(', ')
  return `heap ${mib(heap)} MiB, resident ${mib(resident)} MiB, ${firstMs.toFixed(1)} then ${lastMs.toFixed(1)} ms a file`
}
