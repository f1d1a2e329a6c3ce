import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { IsolaneError, readRecord } from '@isolane/record'
import type { TestRecord } from '@isolane/record'
import type { ArmResult } from './experiment/run-arm.ts'

/**
 * Runs that were recorded elsewhere, as if they had run here: shards of one run, or several runs.
 *
 * @param patterns paths or globs, relative to `cwd`.
 * @throws `ISOLANE_OPTION` when a pattern matches no file, `ISOLANE_RECORD` when one is no record.
 */
export function recordedRuns(patterns: readonly string[], cwd: string): ArmResult[] {
  const paths = patterns.flatMap((pattern) => {
    const found = globSync(pattern, { cwd }).toSorted()
    if (found.length > 0) return found
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `No record is called ${JSON.stringify(pattern)}`,
      hint: "isolane record -- <test command> makes one; quote globs: --from 'records/*.jsonl'",
      details: { pattern, cwd },
    })
  })
  return paths.map((path) => {
    const record = readRecord(resolve(cwd, path))
    const { end } = record
    return {
      name: path,
      // Files of the record are those of this checkout.
      record: { ...record, header: { ...record.header, cwd } },
      exitCode: end === undefined ? undefined : end.status === 'passed' ? 0 : 1,
      wallMs: wallOf(record),
      logPath: resolve(cwd, path),
      hung: false,
    }
  })
}

function wallOf({ header, attempts, end }: TestRecord): number {
  const from = Date.parse(header.startedAt)
  const to =
    end === undefined
      ? Math.max(from, ...attempts.map(({ endMs }) => endMs))
      : Date.parse(end.endedAt)
  return Math.max(1, to - from)
}
