import { isFailure } from '@isolane/record'
import type { Attempt, TestRecord } from '@isolane/record'
import { loadSamples } from '../experiment/triage.ts'
import { errorLine } from './error-line.ts'
import type { RunView, TestView } from './view-schema.ts'

/** A run that was made, as far as views are concerned. */
export interface RanArm {
  /** Number and arm: `3-alone`. */
  readonly name: string
  readonly record: TestRecord | undefined
  readonly wallMs: number
  readonly hung: boolean
}

function armOf(name: string): string {
  return name.replace(/^\d+-/, '')
}

/**
 * Runs and tests as the report keeps them. Of the first runs, those of the command as it is, every attempt
 * is kept; of the experiments those of the named tests.
 */
export function viewsOf(
  firsts: readonly RanArm[],
  arms: readonly RanArm[],
  ofInterest: ReadonlySet<string>,
): { runs: RunView[]; tests: TestView[] } {
  const runs: RunView[] = []
  const tests = new Map<string, TestView>()
  const blocked = new Set<string>()
  for (const result of [...firsts, ...arms]) {
    const { name, record, wallMs, hung } = result
    if (record === undefined) continue
    const isFirst = firsts.includes(result)
    const arm = isFirst ? 'first' : armOf(name)
    const run = runs.length
    runs.push(runView(record, { name, arm, wallMs, hung, isFirst }))
    if (isFirst) {
      const unloaded = loadSamples(record).map(({ attempt }) => attempt)
      for (const test of [...record.collected, ...record.missing, ...unloaded]) view(tests, test)
      // A file that could not be loaded stands for its tests.
      for (const { key } of unloaded) blocked.add(key)
    }
    for (const attempt of record.attempts) {
      if (!isFirst && !ofInterest.has(attempt.key)) continue
      view(tests, attempt).attempts.push(attemptView(attempt, run))
    }
  }
  const asItIs = new Set(runs.flatMap(({ arm }, run) => (arm === 'first' ? [run] : [])))
  const missing = new Set<string>()
  for (const { record } of firsts) {
    for (const { key } of record?.missing ?? []) missing.add(key)
    for (const line of record?.errors ?? []) {
      if (line.scope === 'setup') for (const key of line.tests) blocked.add(key)
    }
  }
  for (const test of tests.values()) test.outcome = outcomeOf(test, asItIs, missing, blocked)
  return { runs, tests: [...tests.values()] }
}

type Named = Pick<Attempt, 'key' | 'project' | 'file' | 'line' | 'titlePath'>

function view(tests: Map<string, TestView>, named: Named): TestView {
  const known = tests.get(named.key)
  if (known !== undefined) return known
  const { key, project, file, line, titlePath } = named
  const fresh: TestView = {
    key,
    project,
    file,
    ...(line === undefined ? {} : { line }),
    titlePath: [...titlePath],
    outcome: 'missing',
    attempts: [],
  }
  tests.set(key, fresh)
  return fresh
}

function attemptView(attempt: Attempt, run: number): TestView['attempts'][number] {
  const { outcome, startMs, endMs, worker, slot, retry, error } = attempt
  return {
    run,
    outcome,
    startMs,
    endMs: Math.max(startMs, endMs),
    ...(worker === undefined ? {} : { worker }),
    ...(slot === undefined ? {} : { slot }),
    retry,
    ...(error === undefined ? {} : { error: errorLine(error) }),
  }
}

function outcomeOf(
  { key, attempts }: TestView,
  firsts: ReadonlySet<number>,
  missing: ReadonlySet<string>,
  blocked: ReadonlySet<string>,
): TestView['outcome'] {
  const own = attempts.filter(({ run }) => firsts.has(run))
  if (blocked.has(key) || own.some(({ outcome }) => isFailure(outcome))) return 'failed'
  if (missing.has(key)) return 'missing'
  if (own.some(({ outcome }) => outcome === 'passed')) return 'passed'
  return own.length === 0 ? 'missing' : 'skipped'
}

function runView(
  record: TestRecord,
  run: { name: string; arm: string; wallMs: number; hung: boolean; isFirst: boolean },
): RunView {
  const { header, attempts, end, cut, laneEvents } = record
  const { workers: maxWorkers } = header
  const startMs = Math.min(
    Date.parse(header.startedAt) || Infinity,
    ...earliest(attempts.map((attempt) => attempt.startMs)),
  )
  return {
    name: run.name,
    arm: run.arm,
    startMs: Number.isFinite(startMs) ? startMs : 0,
    wallMs: Math.round(run.wallMs),
    complete: end !== undefined && !cut && !run.hung,
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    workers: run.isFirst ? workersOf(record) : [],
    lanes: run.isFirst
      ? laneEvents.map(({ lane, event, atMs, slot, worker, detail }) => ({
          lane,
          event,
          atMs,
          ...(slot === undefined ? {} : { slot }),
          ...(worker === undefined ? {} : { worker }),
          ...(detail === undefined ? {} : { detail }),
        }))
      : [],
  }
}

// Not Math.min(...many): a large run would overflow the stack.
function earliest(times: readonly number[]): number[] {
  let least = Infinity
  for (const time of times) least = Math.min(least, time)
  return [least]
}

type WorkerView = RunView['workers'][number]

function workersOf({ attempts, workerEvents, laneEvents }: TestRecord): WorkerView[] {
  const workers = new Map<string, WorkerView>()
  const note = (worker: string, slot: number | undefined, from: number, to: number): WorkerView => {
    const known = workers.get(worker)
    if (known === undefined) {
      const fresh: WorkerView = { worker, startMs: from, endMs: to }
      if (slot !== undefined) fresh.slot = slot
      workers.set(worker, fresh)
      return fresh
    }
    known.startMs = Math.min(known.startMs, from)
    known.endMs = Math.max(known.endMs, to)
    if (slot !== undefined) known.slot ??= slot
    return known
  }
  for (const { worker, slot, startMs, endMs, outcome } of attempts) {
    if (worker === undefined || outcome === 'skipped') continue
    const view = note(worker, slot, startMs, Math.max(startMs, endMs))
    if (outcome === 'crashed') view.end = 'crash'
  }
  for (const { worker, slot, event, atMs, detail } of workerEvents) {
    if (worker === undefined) continue
    const view = note(worker, slot, atMs, atMs)
    if (event === 'crash' || event === 'hang' || event === 'requeue') view.end = event
    if (detail !== undefined) view.detail = detail
  }
  // Who has a lane is there, though no test has begun.
  for (const { worker, slot, event, atMs } of laneEvents) {
    if (event === 'leased' && worker !== undefined) note(worker, slot, atMs, atMs)
  }
  return [...workers.values()].sort((a, b) => a.startMs - b.startMs)
}
