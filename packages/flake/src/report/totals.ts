import { availableParallelism } from 'node:os'
import { isFailure, reconcile } from '@isolane/record'
import type { ArmResult } from '../experiment/run-arm.ts'
import { failuresOf } from '../experiment/triage.ts'
import type { FlakeReport } from './schema.ts'

/** How many tests there are, and how each ended in the runs of the command as it is. */
export function totalsOf(results: readonly ArmResult[]): FlakeReport['totals'] {
  const failed = new Set<string>()
  const missing = new Set<string>()
  const ran = new Set<string>()
  const tests = new Set<string>()
  for (const { record } of results) {
    if (record === undefined) continue
    for (const { key } of [...record.collected, ...record.attempts]) tests.add(key)
    for (const key of failuresOf(record).keys()) failed.add(key)
    for (const { key } of record.missing) missing.add(key)
    // Its runner died before it could tell what is missing.
    if (record.end === undefined) {
      for (const { key } of reconcile(record.collected, record.attempts)) missing.add(key)
    }
    for (const { key, outcome } of record.attempts) {
      if (outcome === 'passed' || isFailure(outcome)) ran.add(key)
    }
  }
  for (const key of [...failed, ...missing]) tests.add(key)
  const lost = [...missing].filter((key) => !failed.has(key))
  const passed = [...ran].filter((key) => !failed.has(key) && !missing.has(key))
  return {
    tests: tests.size,
    passed: passed.length,
    failed: failed.size,
    skipped: tests.size - passed.length - failed.size - lost.length,
    missing: lost.length,
  }
}

/** What the machine and the run had to give. */
export function capacityOf(
  results: readonly ArmResult[],
  workers: number,
): FlakeReport['capacity'] {
  const ports = new Set<number>()
  const lanesOf = new Map<string, Set<string>>()
  for (const { record } of results) {
    for (const { lane } of record?.attempts ?? []) {
      if (lane?.port !== undefined) ports.add(lane.port)
      for (const role of lane?.roles ?? []) {
        lanesOf.set(role, (lanesOf.get(role) ?? new Set()).add(lane?.id ?? ''))
      }
    }
    for (const event of record?.laneEvents ?? [])
      for (const port of event.ports ?? []) ports.add(port)
  }
  const cores = results[0]?.record?.header.cores ?? availableParallelism()
  return {
    cores,
    workers,
    maxWorkers: Math.max(cores, workers),
    // One account of every role on every lane.
    accounts: Object.fromEntries([...lanesOf].map(([role, lanes]) => [role, lanes.size])),
    ports: [...ports].sort((a, b) => a - b),
  }
}
