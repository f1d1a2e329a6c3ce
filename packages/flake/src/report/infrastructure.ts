import { readFileSync } from 'node:fs'
import { reconcile, testKey } from '@isolane/record'
import type { Missing, TestRecord } from '@isolane/record'
import type { ArmResult } from '../experiment/run-arm.ts'
import { failuresOf, massFailureOf } from '../experiment/triage.ts'
import type { MassFailure } from '../experiment/triage.ts'
import type { Driver } from '../runners/driver.ts'
import { causeOf } from '../verdict/cause.ts'
import { samplesOf } from '../verdict/outcomes.ts'
import type { Cause } from '../verdict/verdict.ts'
import { noCounts } from '../verdict/statistics.ts'
import { nextStepsFor } from './advice.ts'
import { errorLine } from './error-line.ts'
import type { Finding } from './schema.ts'

/** What a run says about the machine and the runner, before any test is looked at. */
export interface RunTrouble {
  readonly findings: readonly Finding[]
  /** Keys of the tests that these findings explain. */
  readonly explained: ReadonlySet<string>
  readonly mass: MassFailure | undefined
}

const crashMessage = /Worker exited unexpectedly|Worker \S+ emitted error|worker process exited/i

/** Reads the trouble out of a run of the command as the user gave it. */
export function troubleOf(result: ArmResult, driver: Driver): RunTrouble {
  const { record } = result
  const explained = new Set<string>()
  if (record === undefined || record.collected.length + record.attempts.length === 0) {
    const early = record === undefined ? undefined : record.errors[0]
    if (result.exitCode === 0 && early === undefined && record?.end !== undefined) {
      return { findings: [], explained, mass: undefined }
    }
    if (record !== undefined && failuresOf(record).size > 0) {
      return { findings: [], explained, mass: undefined }
    }
    const said = record === undefined ? globalSetupError(result.logPath) : undefined
    const ended = `the command ended with ${exitText(result)} before any test ran`
    const detail = said === undefined ? ended : `${ended}: ${said}`
    const verdict = (early ?? said) === undefined ? 'infrastructure' : 'setup'
    return { findings: [runFinding(verdict, detail, result, driver)], explained, mass: undefined }
  }
  const findings: Finding[] = []
  for (const group of lostGroups(record)) {
    for (const { key } of group) explained.add(key)
    findings.push(lostFinding(group, record, result, driver))
  }
  const mass = massFailureOf(record)
  if (findings.length > 0 || mass !== undefined) return { findings, explained, mass }
  const failures = failuresOf(record).size
  const errors = record.errors.filter(({ scope, tests }) => scope === 'run' || tests.length === 0)
  if (record.end === undefined) {
    const { collected, attempts, missing } = record
    const lost = reconcile(collected, [...attempts, ...missing]).map(({ key }) => key)
    const without = lost.length === 0 ? '' : `: ${count(lost.length)} gave no result`
    const detail = `the runner ended with ${exitText(result)} in the middle of its run${without}`
    const finding = runFinding('infrastructure', detail, result, driver)
    const evidence = finding.evidence.map((one) => ({ ...one, tests: lost.slice(0, 100) }))
    findings.push({ ...finding, evidence })
  } else if (failures === 0 && result.exitCode !== 0) {
    const ran = samplesOf(record).length > 0
    const verdict = errors.length > 0 && !ran ? 'setup' : 'infrastructure'
    const detail = ran
      ? `every test passed, and the run ended with ${exitText(result)}`
      : `the run ended with ${exitText(result)} before any test ran`
    findings.push(runFinding(verdict, detail, result, driver))
  }
  return { findings, explained, mass }
}

// Jest asks its global setup before it makes reporters: only its output tells what that threw.
function globalSetupError(logPath: string): string | undefined {
  const log = readFileSync(logPath, 'utf8')
  return /Got error running globalSetup - .*?, reason: (.*)/.exec(log)?.[1]
}

/** The finding for a run in which so many tests failed that none of them is looked at. */
export function massFinding(
  mass: MassFailure,
  again: string,
  result: ArmResult,
  driver: Driver,
): Finding {
  const finding = runFinding('infrastructure', `${mass.detail}; ${again}`, result, driver)
  return {
    ...finding,
    cause: finding.cause === 'unknown' ? mass.cause : finding.cause,
    evidence: finding.evidence.map((one) => ({ ...one, tests: [...mass.tests].slice(0, 100) })),
  }
}

// One worker's death takes the rest of its file along: that is one finding.
function lostGroups(record: TestRecord): Missing[][] {
  const groups = new Map<string, Missing[]>()
  const crashed = record.attempts
    .filter(({ outcome }) => outcome === 'crashed')
    .map(({ key, project, file, titlePath }): Missing => {
      return { kind: 'missing', key, project, file, titlePath, started: true }
    })
  for (const line of [...crashed, ...record.missing]) {
    const name = JSON.stringify([line.project, line.file])
    groups.set(name, [...(groups.get(name) ?? []), line])
  }
  return [...groups.values()]
}

function lostFinding(
  group: readonly Missing[],
  record: TestRecord,
  result: ArmResult,
  driver: Driver,
): Finding {
  const blamed = group.find(({ started }) => started) ?? group[0]
  const attempt = record.attempts.find(
    ({ key, outcome }) => key === blamed?.key && outcome === 'crashed',
  )
  const crash = record.workerEvents.find(
    ({ event, file }) => event === 'crash' && file === blamed?.file,
  )
  const error =
    attempt?.error ??
    record.errors.find(
      ({ error: one }) => crashMessage.test(one.message) && mentions(one.message, blamed?.file),
    )?.error
  const died = crash !== undefined || attempt !== undefined || error !== undefined
  const hang = record.workerEvents.some(
    ({ event, file }) => event === 'hang' && file === blamed?.file,
  )
  const many = `${count(group.length)} gave no result`
  const lines = error?.message.split('\n') ?? []
  const why = lines.find((line) => /exited unexpectedly/i.test(line)) ?? lines[0]
  const end = result.hung && hang ? 'it hung and was ended' : 'the worker died'
  const detail = died || hang ? `${end}: ${many}${why === undefined ? '' : ` (${why})`}` : many
  const worker = crash?.worker ?? attempt?.worker
  const slot = crash?.slot ?? attempt?.slot
  const base = runFinding('infrastructure', detail, result, driver)
  const test = blamed ?? { key: '', project: '', file: '', titlePath: [] }
  const { key, project, file, line, titlePath } = { line: undefined, ...test }
  return {
    ...base,
    test: { key, project, file, titlePath, ...(line === undefined ? {} : { line }) },
    cause: causeOf(error),
    first: {
      ...(slot === undefined ? {} : { slot }),
      ...(worker === undefined ? {} : { worker }),
      startedAt: record.header.startedAt,
      ...(error === undefined ? {} : { error }),
    },
    evidence: [
      {
        kind: hang ? 'hang' : died ? 'crash' : 'missing',
        detail,
        tests: group.map((one) => one.key),
        slots: slot === undefined ? [] : [slot],
      },
    ],
    reproduce: driver.reproduceAlone(
      { key: testKey({ project, file, titlePath: [] }), project, file, titlePath: [] },
      1,
    ),
  }
}

function count(tests: number): string {
  return tests === 1 ? '1 test' : `${tests} tests`
}

function mentions(message: string, file: string | undefined): boolean {
  return (
    file === undefined || !/test file/.test(message) || message.replaceAll('\\', '/').includes(file)
  )
}

function runFinding(
  verdict: 'infrastructure' | 'setup',
  detail: string,
  { record }: ArmResult,
  driver: Driver,
): Finding {
  const error =
    record?.errors.find(({ scope }) => scope === 'run')?.error ?? record?.errors[0]?.error
  const cause: Cause = causeOf(error)
  return {
    test: { key: '', project: '', file: '', titlePath: [] },
    verdict,
    cause,
    confidence: 0.99,
    arms: { parallel: noCounts, alone: noCounts, file: noCounts, serial: noCounts },
    first: {
      ...(record === undefined ? {} : { startedAt: record.header.startedAt }),
      ...(error === undefined ? {} : { error }),
    },
    evidence: [
      {
        kind: 'run',
        detail: error === undefined ? detail : `${detail}: ${errorLine(error)}`,
        tests: [],
        slots: [],
      },
    ],
    culprits: [],
    impact: 'high',
    nextSteps: nextStepsFor({
      verdict,
      cause,
      mechanism: undefined,
      port: undefined,
      slowdown: undefined,
    }),
    reproduce: driver.reproduceWhole(),
  }
}

function exitText({ exitCode, hung }: ArmResult): string {
  if (hung) return 'no result in time'
  return exitCode === undefined ? 'a signal' : `exit code ${exitCode}`
}
