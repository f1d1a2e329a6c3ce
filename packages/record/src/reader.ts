import { readFileSync } from 'node:fs'
import { IsolaneError } from './errors.ts'
import { recordFormat } from './format.ts'
import { lineSchemas } from './lines.ts'
import type {
  Attempt,
  Collected,
  End,
  ErrorLine,
  Header,
  LaneEvent,
  Missing,
  RecordLine,
  Touch,
  Warning,
  WorkerEvent,
} from './lines.ts'

/** A record that was read. */
export interface TestRecord {
  readonly header: Header
  readonly collected: readonly Collected[]
  readonly attempts: readonly Attempt[]
  readonly missing: readonly Missing[]
  readonly errors: readonly ErrorLine[]
  readonly workerEvents: readonly WorkerEvent[]
  readonly laneEvents: readonly LaneEvent[]
  readonly touches: readonly Touch[]
  readonly warnings: readonly Warning[]
  /** Absent when the run did not come to its end. */
  readonly end: End | undefined
  /** True when the last line was cut off, as by the death of the writer. */
  readonly cut: boolean
}

/**
 * Reads a record. A cut last line is left out and lines of unknown kinds are skipped.
 *
 * @throws `ISOLANE_RECORD` when the file is missing, is no record, is of a newer format or holds a
 * damaged line.
 */
export function readRecord(path: string): TestRecord {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new IsolaneError('ISOLANE_RECORD', {
      message: `Cannot read the record ${path}`,
      hint: 'check the path; a record is written when ISOLANE_RECORD names a file.',
      details: { path },
      cause,
    })
  }
  return parseRecord(content, path)
}

/** Reads a record from its text. `path` is named in errors. */
export function parseRecord(content: string, path = 'record'): TestRecord {
  const lines: RecordLine[] = []
  const rows = content.split('\n')
  let cut = false
  for (const [index, row] of rows.entries()) {
    if (row.trim() === '') continue
    const value = parseJson(row)
    if (value === undefined) {
      if (index !== rows.length - 1) throw damaged(path, index + 1, 'it is not JSON')
      cut = true
      break
    }
    if (lines.length === 0) checkFormat(value, path)
    const line = toLine(value, path, index + 1)
    if (line !== undefined) lines.push(line)
  }
  if (!lines.some(({ kind }) => kind === 'header')) {
    throw notARecord(path, 'it has no header line')
  }
  return { ...recordOf(lines), cut }
}

/**
 * The record that lines make, as `junitLines` gives them.
 *
 * @throws `ISOLANE_INTERNAL` when no line is a header.
 */
export function recordOf(lines: readonly RecordLine[]): TestRecord {
  const header = lines.find((line) => line.kind === 'header')
  if (header === undefined) {
    throw new IsolaneError('ISOLANE_INTERNAL', {
      message: 'A record was made of lines without a header.',
    })
  }
  return {
    header,
    collected: lines.filter((line) => line.kind === 'collected'),
    attempts: lines.filter((line) => line.kind === 'attempt'),
    missing: lines.filter((line) => line.kind === 'missing'),
    errors: lines.filter((line) => line.kind === 'error'),
    workerEvents: lines.filter((line) => line.kind === 'worker'),
    laneEvents: lines.filter((line) => line.kind === 'lane'),
    touches: lines.filter((line) => line.kind === 'touch'),
    warnings: lines.filter((line) => line.kind === 'warning'),
    end: lines.findLast((line) => line.kind === 'end'),
    cut: false,
  }
}

function parseJson(row: string): unknown {
  try {
    return JSON.parse(row)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function checkFormat(value: unknown, path: string): void {
  if (!isObject(value) || typeof value['kind'] !== 'string') {
    throw notARecord(path, 'it has no header line')
  }
  const format = value['kind'] === 'header' ? value['format'] : undefined
  if (format === undefined || format === recordFormat) return
  const text = typeof format === 'string' ? format : JSON.stringify(format)
  const version = /^isolane\.record\/(\d+)$/.exec(text)?.[1]
  throw new IsolaneError('ISOLANE_RECORD', {
    message:
      version === undefined
        ? `${path} is not a record: its format is ${JSON.stringify(text)}`
        : `${path} has format ${text}; this version of Isolane reads ${recordFormat}`,
    hint:
      version === undefined
        ? `a record starts with a line whose "format" is "${recordFormat}".`
        : 'update isolane to read it: npm install --save-dev isolane@latest',
    details: { path, format },
  })
}

function toLine(value: unknown, path: string, number: number): RecordLine | undefined {
  const kind = isObject(value) ? value['kind'] : undefined
  if (typeof kind !== 'string') throw damaged(path, number, 'it has no "kind"')
  if (!Object.hasOwn(lineSchemas, kind)) return undefined
  const result = lineSchemas[kind as keyof typeof lineSchemas].safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue?.path.join('.') ?? ''
  throw damaged(
    path,
    number,
    `${where === '' ? kind : `${kind}.${where}`}: ${issue?.message ?? ''}`,
  )
}

function notARecord(path: string, why: string): IsolaneError {
  return new IsolaneError('ISOLANE_RECORD', {
    message: `${path} is not a record: ${why}`,
    hint: `a record starts with a line whose "format" is "${recordFormat}".`,
    details: { path },
  })
}

function damaged(path: string, line: number, why: string): IsolaneError {
  return new IsolaneError('ISOLANE_RECORD', {
    message: `Line ${line} of the record ${path} is damaged: ${why}`,
    hint: 'make the record again; its lines are not meant to be edited.',
    details: { path, line },
  })
}
