import { signatureFrame, testKey } from '@isolane/record'
import type { Collected, ErrorLine, TestRecord } from '@isolane/record'
import type { TestRef } from '../runners/driver.ts'
import { causeOf, environmentalSignature, isSeedContract } from '../verdict/cause.ts'
import { samplesOf } from '../verdict/outcomes.ts'
import type { Cause } from '../verdict/verdict.ts'
import type { Sample } from '../verdict/outcomes.ts'
import { Suspect } from './suspect.ts'
import type { Trigger } from './suspect.ts'

/** Share of failed tests from which on the machine is suspected and not the tests. */
const massFailure = { share: 0.8, tests: 20 }
/** Share of tests with one error of the environment from which on the same holds. */
const sharedEnvironment = { share: 0.3, tests: 10, failures: 3 }
/** The same in a small run: nearly all of its tests. */
const wholeEnvironment = { share: 0.8, failures: 4 }

/** Why a run says more about the machine than about its tests. */
export interface MassFailure {
  readonly detail: string
  readonly tests: readonly string[]
  /** What most of the errors speak of. */
  readonly cause: Cause
}

/** The tests of a record, by key. */
function testsOf(record: TestRecord): Map<string, TestRef> {
  const tests = new Map<string, TestRef>()
  for (const test of [...record.collected, ...record.attempts]) {
    if (tests.get(test.key)?.line === undefined) tests.set(test.key, refOf(test))
  }
  return tests
}

/** The failed samples of a record, the first of every test, files that could not be loaded included. */
export function failuresOf(record: TestRecord): Map<string, Sample> {
  const failures = new Map<string, Sample>()
  for (const sample of [...samplesOf(record), ...loadSamples(record)]) {
    if (sample.failed && !failures.has(sample.key)) failures.set(sample.key, sample)
  }
  return failures
}

/** A failed sample for every file that could not be loaded. */
export function loadSamples(record: TestRecord): Sample[] {
  return record.errors.filter(isLoadError).map((line) => {
    const name = { project: line.project ?? '', file: line.file, titlePath: [] }
    const atMs = Date.parse(record.header.startedAt)
    const key = testKey(name)
    return {
      key,
      failed: true,
      timedOut: false,
      durationMs: 0,
      error: line.error,
      attempt: {
        kind: 'attempt',
        key,
        ...name,
        outcome: 'failed',
        startMs: atMs,
        endMs: atMs,
        order: 0,
        retry: 0,
        repeat: 0,
        error: line.error,
        ...(line.worker === undefined ? {} : { worker: line.worker }),
      },
    }
  })
}

/** Why the failures of a run should not be held against its tests; undefined when they should. */
export function massFailureOf(record: TestRecord): MassFailure | undefined {
  const executed = new Set(samplesOf(record).map(({ key }) => key))
  const failures = [...failuresOf(record).values()].filter(({ error }) => !isSeed(error))
  const share = failures.length / Math.max(1, executed.size)
  if (executed.size >= massFailure.tests && share >= massFailure.share) {
    const detail = `${failures.length} of ${executed.size} tests failed in one run`
    return { detail, tests: failures.map(({ key }) => key), cause: commonCause(failures) }
  }
  const groups = new Map<string, string[]>()
  for (const { key, error } of failures) {
    const signature = error === undefined ? undefined : environmentalSignature(error)
    if (signature === undefined) continue
    groups.set(signature, [...(groups.get(signature) ?? []), key])
  }
  for (const [signature, tests] of groups) {
    const share = tests.length / executed.size
    const isShared =
      executed.size >= sharedEnvironment.tests &&
      tests.length >= sharedEnvironment.failures &&
      share >= sharedEnvironment.share
    const isWhole = tests.length >= wholeEnvironment.failures && share >= wholeEnvironment.share
    if (isShared || isWhole) {
      const detail = `${tests.length} of ${executed.size} tests failed with ${signature}`
      const cause = commonCause(failures.filter(({ key }) => tests.includes(key)))
      return { detail, tests, cause }
    }
  }
  return undefined
}

function commonCause(failures: readonly Sample[]): Cause {
  const causes = Map.groupBy(failures, ({ error, timedOut }) => causeOf(error, timedOut))
  const [cause, most = []] = [...causes].toSorted(([, a], [, b]) => b.length - a.length)[0] ?? []
  return cause !== undefined && most.length > failures.length / 2 ? cause : 'unknown'
}

/** New suspects among the failures of a run. Tests in `known` are suspected or explained already. */
export function suspectsOf(record: TestRecord, run: string, known: ReadonlySet<string>): Suspect[] {
  const tests = testsOf(record)
  const setups = setupGroups(record)
  const blockedBy = new Map(setups.flatMap(({ key, tests: keys }) => keys.map((one) => [one, key])))
  const groups = new Map<string, { kind: Suspect['kind']; triggers: Map<string, Trigger> }>()
  for (const [key, sample] of failuresOf(record)) {
    if (known.has(key)) continue
    const setup = blockedBy.get(key)
    const kind = setup !== undefined || isSeed(sample.error) ? 'setup' : 'test'
    const load = !tests.has(key)
    const name = load ? `load ${key}` : (setup ?? groupName(sample))
    const group = groups.get(name) ?? { kind: load ? 'load' : kind, triggers: new Map() }
    group.triggers.set(key, { sample, record, run })
    groups.set(name, group)
  }
  return [...groups].map(([group, { kind, triggers }]) => {
    const members = [...triggers].map(
      ([key, { sample }]) => tests.get(key) ?? refOf(sample.attempt),
    )
    return new Suspect(kind, members as [TestRef, ...TestRef[]], triggers, group)
  })
}

function setupGroups(record: TestRecord): { key: string; tests: string[] }[] {
  return record.errors
    .filter(({ scope }) => scope === 'setup')
    .map(({ error, tests }) => ({ key: `setup ${error.signature}`, tests }))
}

const browserErrors = new Set(['ConsoleError', 'PageError'])

// Without a place in the project, one message (a timeout, say) may hide many defects. What a browser reports is its own
// place: a page, not a line of a test.
function groupName({ key, error }: Sample): string {
  if (error === undefined) return `test ${key}`
  if (isSeedContract(error)) return `seed ${error.signature.split(' @ ')[0] ?? ''}`
  const isPlaced = signatureFrame(error.signature) !== undefined || browserErrors.has(error.name)
  const environment = isPlaced ? undefined : environmentalSignature(error)
  if (environment !== undefined) return `environment ${environment}`
  return isPlaced ? `error ${error.signature}` : `test ${key}`
}

function isSeed(error: Sample['error']): boolean {
  return error !== undefined && isSeedContract(error)
}

function isLoadError(line: ErrorLine): line is ErrorLine & { file: string } {
  return line.scope === 'load' && line.file !== undefined
}

function refOf({ key, project, file, line, titlePath }: Omit<Collected, 'kind'>): TestRef {
  return { key, project, file, titlePath, ...(line === undefined ? {} : { line }) }
}
