import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Attempt, TestRecord } from '@isolane/record'
import { knowsWorkers } from '../experiment/neighbours.ts'
import { portIn } from './cause.ts'
import { samplesOf } from './outcomes.ts'
import type { Sample } from './outcomes.ts'

/** Two tests that used one port at the same time. */
export interface PortCollision {
  readonly port: number
  /** The test that found the port taken. */
  readonly victim: Attempt
  /** The test beside it that uses the same port. */
  readonly other: Attempt
}

/**
 * Who else used the port that a failed test wanted: a test that ran beside it on another worker and
 * failed for the same port, was seen listening on it, or stands in a file that names it.
 */
export function portCollision(failed: Sample, record: TestRecord): PortCollision | undefined {
  const port = portIn(failed.error)
  if (port === undefined) return undefined
  const { attempt: victim } = failed
  const known = knowsWorkers(record)
  const beside = record.attempts.filter(
    (other) =>
      other.file !== victim.file &&
      (!known || (other.worker !== victim.worker && overlaps(other, victim, record))),
  )
  const alsoFailed = beside.find(({ error }) => portIn(error) === port)
  const other =
    alsoFailed ??
    beside.find((one) => listened(one, port, record)) ??
    beside.find(({ file }) => names(record.header.cwd, file, port))
  return other === undefined ? undefined : { port, victim, other }
}

function listened({ key, file }: Attempt, port: number, { touches }: TestRecord): boolean {
  return touches.some(
    (touch) =>
      touch.what === 'port' &&
      touch.apart !== true &&
      touch.access === 'write' &&
      Number(touch.name) === port &&
      (touch.key === undefined ? touch.file === file : touch.key === key),
  )
}

/** True when the file of `other` was running while `victim` ran. */
export function overlaps(other: Attempt, victim: Attempt, record: TestRecord): boolean {
  const same = record.attempts.filter(
    ({ file, worker }) => file === other.file && worker === other.worker,
  )
  // Hooks before and after the tests of a file belong to its time too.
  const marginMs = 500
  const from = Math.min(...same.map(({ startMs }) => startMs)) - marginMs
  const to = Math.max(...same.map(({ endMs }) => endMs)) + marginMs
  return from <= victim.endMs && victim.startMs <= to
}

/** How much longer the tests of a run took than in another: the median over those that passed in both. */
export function stretch(slow: TestRecord, quick: TestRecord): number | undefined {
  const durations = new Map(
    samplesOf(quick).flatMap(({ key, failed, durationMs }) => (failed ? [] : [[key, durationMs]])),
  )
  const ratios = samplesOf(slow)
    .flatMap(({ key, failed, durationMs }) => {
      const other = durations.get(key)
      return failed || other === undefined || other < 5 ? [] : [durationMs / other]
    })
    .sort((a, b) => a - b)
  return ratios.length < 3 ? undefined : ratios[ratios.length >> 1]
}

function names(cwd: string, file: string, port: number): boolean {
  try {
    return new RegExp(`(?<![\\d.])${port}(?![\\d.])`).test(readFileSync(resolve(cwd, file), 'utf8'))
  } catch {
    return false
  }
}
