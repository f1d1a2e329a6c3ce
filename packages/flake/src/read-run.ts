import { globSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { IsolaneError, parseRecord, recordOf } from '@isolane/record'
import type { TestRecord } from '@isolane/record'

/**
 * Reads a whole run: a record, or what any runner wrote as JUnit XML. Several JUnit files, as a glob, are one run. JUnit
 * says less: not who ran where, and when a test began only roughly.
 *
 * @param pattern path or glob, relative to `cwd`.
 * @throws `ISOLANE_RECORD` when there is no such file, or it is neither.
 */
export async function readRun(pattern: string, cwd = process.cwd()): Promise<TestRecord> {
  const found = globSync(pattern, { cwd }).toSorted()
  const paths = found.length > 0 ? found : [pattern]
  const texts = paths.map((path) => read(path, cwd))
  const [first = ''] = texts
  if (!isXml(first) && paths.length === 1) return readRecord(first, pattern)
  const record = texts.findIndex((text) => !isXml(text))
  if (record >= 0) {
    throw new IsolaneError('ISOLANE_RECORD', {
      message: `${pattern} names ${paths.length} files, and ${paths[record]} is not XML`,
      hint: 'name one record, or JUnit files only.',
      details: { pattern, paths },
    })
  }
  const { junitLines } = await import('@isolane/record/junit')
  const startedMs = Math.min(...paths.map((path) => statSync(resolve(cwd, path)).mtimeMs))
  const runner = { name: 'junit', version: 'unknown' }
  const passed = !texts.some((text) => /<(?:failure|error)[\s/>]/.test(text))
  return recordOf(junitLines(texts, { path: paths.join(', '), cwd, runner, startedMs, passed }))
}

function read(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split(',')[0] : String(cause)
    throw new IsolaneError('ISOLANE_RECORD', {
      message: `Cannot read ${path}: ${why}`,
      hint: 'name a record, which isolane record -- <test command> makes, or a JUnit XML file.',
      details: { path },
      cause,
    })
  }
}

function readRecord(text: string, path: string): TestRecord {
  const [first = ''] = text.trimStart().split('\n', 1)
  if (first === '' || first.includes('"kind"')) return parseRecord(text, path)
  throw new IsolaneError('ISOLANE_RECORD', {
    message: `${path} is neither a record nor JUnit XML`,
    hint: 'isolane record -- <test command> makes a record.',
    details: { path },
  })
}

function isXml(text: string): boolean {
  return /^\uFEFF?\s*</.test(text)
}
