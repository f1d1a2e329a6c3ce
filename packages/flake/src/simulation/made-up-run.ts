import { recordFormat } from '@isolane/record'
import type { Attempt, RecordError, TestRecord } from '@isolane/record'
import type { Conditions } from '../experiment/lab.ts'
import type { ArmRequest, TestRef } from '../runners/driver.ts'
import { keyOf } from './suite.ts'
import type { Behaviour, MadeUpFile, MadeUpSuite, MadeUpTest } from './suite.ts'

interface Planned {
  readonly file: MadeUpFile
  readonly test: MadeUpTest
  readonly worker: number
  readonly startMs: number
  readonly endMs: number
  /** Keys of the tests that ran before it in its process. */
  readonly before: ReadonlySet<string>
}

/** What a made-up run gave. */
export interface MadeUpRun {
  readonly record: TestRecord
  readonly wallMs: number
}

/** Runs an arm of a made-up suite: nothing starts, chance and the neighbours decide who fails. */
export function runMadeUp(
  suite: MadeUpSuite,
  request: ArmRequest,
  conditions: Conditions,
  options: { readonly random: () => number; readonly atMs: number },
): MadeUpRun {
  const workers = request.workers ?? suite.workers
  const { times = 1 } = request
  const attempts: Attempt[] = []
  let atMs = options.atMs + suite.startMs
  const rounds =
    request.tests === undefined ? [undefined] : [request.tests, ...(request.more ?? [])]
  for (let repeat = 0; repeat < rounds.length * times; repeat += 1) {
    const planned = plan(suite, filesOf(suite, rounds[Math.floor(repeat / times)]), workers, atMs)
    for (const [order, one] of planned.entries()) {
      const failed = fails(one, planned, { suite, conditions, random: options.random })
      attempts.push(attemptOf(one, { order, repeat, failed, shared: suite.sharedProcess }))
    }
    atMs = Math.max(atMs, ...planned.map(({ endMs }) => endMs)) + 200
  }
  return { wallMs: atMs - options.atMs, record: recordOf(attempts, workers, options.atMs) }
}

// Whole files, or their selected tests in the order of the selection.
function filesOf({ files }: MadeUpSuite, tests: readonly TestRef[] | undefined): MadeUpFile[] {
  if (tests === undefined) return [...files]
  const selected = new Map<string, MadeUpTest[]>()
  for (const { file, titlePath } of tests) {
    const known = files.find((one) => one.file === file)?.tests ?? []
    const picked = known.filter(({ title }) => titlePath.length === 0 || title === titlePath[0])
    selected.set(file, [...(selected.get(file) ?? []), ...picked])
  }
  return [...selected].map(([file, picked]) => ({ file, tests: picked }))
}

// The next file goes to the worker that is free first.
function plan(
  suite: MadeUpSuite,
  files: readonly MadeUpFile[],
  workers: number,
  atMs: number,
): Planned[] {
  const free = Array.from({ length: workers }, () => atMs)
  const processes = free.map(() => new Set<string>())
  return files.flatMap((file) => {
    const worker = free.indexOf(Math.min(...free))
    const before = suite.sharedProcess ? (processes[worker] ?? new Set()) : new Set<string>()
    return file.tests.map((test) => {
      const startMs = free[worker] ?? atMs
      const endMs = startMs + test.durationMs
      free[worker] = endMs
      const seen = new Set(before)
      before.add(keyOf(file.file, test.title))
      return { file, test, worker, startMs, endMs, before: seen }
    })
  })
}

function fails(
  one: Planned,
  all: readonly Planned[],
  world: { suite: MadeUpSuite; conditions: Conditions; random: () => number },
): boolean {
  const { behaviour } = one.test
  const { conditions, random } = world
  const others = all.filter(
    ({ worker, startMs, endMs }) =>
      worker !== one.worker && startMs < one.endMs && endMs > one.startMs,
  )
  const load = new Set(others.map(({ worker }) => worker)).size + (conditions.busy ?? 0)
  const apart = conditions.isolate !== undefined
  switch (behaviour.kind) {
    case 'passes':
      return false
    case 'consistent':
      return true
    case 'intermittent':
      return random() < behaviour.rate
    case 'victim':
      return behaviour.after.some((key) => one.before.has(key)) && random() < behaviour.rate
    case 'brittle':
      return !behaviour.without.some((key) => one.before.has(key))
    case 'collision':
      return (
        !apart &&
        others.some(({ file }) => file.file === behaviour.beside) &&
        random() < behaviour.rate
      )
    case 'starvation':
      return load >= behaviour.load && random() < behaviour.rate
    case 'race':
      return !apart && others.length > 0 && random() < behaviour.rate
    case 'serial-only':
      return others.length === 0
  }
}

function attemptOf(
  { file, test, worker, startMs, endMs }: Planned,
  {
    order,
    repeat,
    failed,
    shared,
  }: { order: number; repeat: number; failed: boolean; shared: boolean },
): Attempt {
  const error = failed ? errorOf(test.behaviour) : undefined
  return {
    kind: 'attempt',
    key: keyOf(file.file, test.title),
    project: '',
    file: file.file,
    titlePath: [test.title],
    outcome:
      error === undefined ? 'passed' : error.name === 'TestTimeoutError' ? 'timed-out' : 'failed',
    startMs,
    endMs: error?.name === 'TestTimeoutError' ? endMs + test.durationMs : endMs,
    worker: shared ? String(worker) : `${worker}-${file.file}`,
    slot: worker + 1,
    order,
    retry: 0,
    repeat,
    ...(error === undefined ? {} : { error }),
  }
}

function errorOf(behaviour: Behaviour): RecordError {
  const named =
    behaviour.kind === 'starvation'
      ? { name: 'TestTimeoutError', message: 'Test timed out in 5000ms.' }
      : behaviour.kind === 'collision' && behaviour.port !== undefined
        ? {
            name: 'Error',
            message: `listen EADDRINUSE: address already in use 127.0.0.1:${behaviour.port}`,
          }
        : { name: 'AssertionError', message: `expected one thing of ${behaviour.kind}` }
  return { ...named, signature: `${named.name}: ${named.message}` }
}

function recordOf(attempts: readonly Attempt[], workers: number, atMs: number): TestRecord {
  return {
    header: {
      kind: 'header',
      format: recordFormat,
      run: 'made-up',
      runner: { name: 'made-up', version: '1' },
      argv: [],
      cwd: '/nowhere',
      startedAt: new Date(atMs).toISOString(),
      workers,
      cores: workers,
      memoryBytes: 0,
    },
    collected: [],
    attempts,
    missing: [],
    errors: [],
    workerEvents: [],
    laneEvents: [],
    touches: [],
    warnings: [],
    end: { kind: 'end', status: 'failed', endedAt: new Date(atMs).toISOString() },
    cut: false,
  }
}
