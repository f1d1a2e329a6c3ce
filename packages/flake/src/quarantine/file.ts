import { existsSync, readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { IsolaneError } from '@isolane/record'
import { z } from 'zod'
import { quarantineFileSchema, quarantineFormat } from './schema.ts'
import type { QuarantineFile } from './schema.ts'

/** Where the quarantine file is when no option says so, from the directory of the command. */
export const defaultQuarantineFile = 'isolane.quarantine.json'

/** A quarantine file that was read. */
export interface Quarantine extends QuarantineFile {
  /** As people name it: from the directory of the command. */
  readonly path: string
}

/**
 * Reads the quarantine file; without one that is named, `isolane.quarantine.json` when it is there.
 *
 * @throws `ISOLANE_OPTION` when a named one is missing, it is not of the right form, names a test twice,
 * or has more entries than its cap.
 */
export function readQuarantine(cwd: string, named?: string): Quarantine | undefined {
  const file = resolve(cwd, named ?? defaultQuarantineFile)
  const path = relative(cwd, file).replaceAll('\\', '/')
  if (!existsSync(file) && named === undefined) return undefined
  const result = quarantineFileSchema.safeParse(parse(file, path))
  if (!result.success) {
    throw wrong(path, `\n${z.prettifyError(result.error)}`, formHint)
  }
  const { tests, cap } = result.data
  const seen = new Set<string>()
  for (const { test } of tests) {
    if (seen.has(test)) throw wrong(path, ` it names ${test} twice`, 'keep one of the entries.')
    seen.add(test)
  }
  if (tests.length > cap) {
    throw wrong(
      path,
      ` it has ${tests.length} entries, and its cap is ${cap}`,
      'mend tests and remove their entries, or raise "cap" in the file.',
    )
  }
  return { ...result.data, path }
}

const formHint = `the form is { "format": "${quarantineFormat}", "cap": 20, "tests": [{ "test": "file > suite > test", "owner": "@team", "reason": "…", "issue": "…", "expires": "2027-01-31" }] }`

function parse(file: string, path: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw wrong(path, ' it cannot be read', 'check the path behind --quarantine.', cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw wrong(path, ` it is not JSON: ${why}`, formHint, cause)
  }
}

function wrong(path: string, why: string, hint: string, cause?: unknown): IsolaneError {
  return new IsolaneError('ISOLANE_OPTION', {
    message: `Cannot use the quarantine file ${path}:${why}`,
    hint,
    details: { path },
    cause,
  })
}
