import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Attempt, Header } from './lines.ts'
import { parseRecord, readRecord } from './reader.ts'
import { reconcile } from './reconcile.ts'
import { RecordWriter } from './writer.ts'

const dir = mkdtempSync(join(tmpdir(), 'isolane-record-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const header: Header = {
  kind: 'header',
  format: 'isolane.record/1',
  run: '6f1c2c3e-1111-4222-8333-444455556666',
  runner: { name: 'vitest', version: '5.1.1' },
  argv: ['vitest', 'run'],
  cwd: '/srv/app',
  startedAt: '2026-11-21T10:00:00.000Z',
  cores: 2,
  memoryBytes: 1,
}
const attempt: Attempt = {
  kind: 'attempt',
  key: 'a.test.ts > one',
  project: '',
  file: 'a.test.ts',
  titlePath: ['one'],
  outcome: 'passed',
  startMs: 1,
  endMs: 2,
  order: 0,
  retry: 0,
  repeat: 0,
}
const text = (...lines: unknown[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')

describe('writer', () => {
  test('appends line by line to a file for its owner only', () => {
    const path = join(dir, 'deep', 'run.jsonl')
    const writer = new RecordWriter(path)
    writer.write(header)
    expect(readFileSync(path, 'utf8')).toBe(text(header))
    writer.write(attempt)
    writer.close()
    writer.close()
    writer.write(attempt)
    expect(readRecord(path).attempts).toEqual([attempt])
    const everybody = process.platform === 'win32' ? 0 : 0o077
    expect(statSync(path).mode & everybody).toBe(0)
  })

  test('starts a line of its own behind one that was cut off', () => {
    const path = join(dir, 'cut.jsonl')
    writeFileSync(path, '{"kind":"hea')
    const writer = new RecordWriter(path)
    writer.write(header)
    writer.close()
    expect(readFileSync(path, 'utf8')).toBe(`{"kind":"hea\n${text(header)}`)
  })
})

describe('reader', () => {
  test('leaves out a cut last line and says so', () => {
    const record = parseRecord(text(header, attempt) + JSON.stringify(attempt).slice(0, 40))
    expect(record.attempts).toEqual([attempt])
    expect(record.cut).toBe(true)
    expect(record.end).toBeUndefined()
  })

  test('skips kinds that it does not know and fields that are new', () => {
    const record = parseRecord(
      text(header, { kind: 'weather', rain: true }, { ...attempt, mood: 1 }),
    )
    expect(record.attempts).toEqual([attempt])
  })

  test.each([
    [
      'a newer format',
      text({ ...header, format: 'isolane.record/2' }),
      /isolane\.record\/2.*reads isolane\.record\/1[^]*Hint: update isolane/,
    ],
    ['another format', text({ ...header, format: 'other' }), /is not a record/],
    ['no header', text(attempt), /has no header line/],
    ['an empty file', '', /has no header line/],
    [
      'a damaged line',
      `${text(header)}{"kind":\n${text(attempt)}`,
      /Line 2 of the record .* is damaged/,
    ],
    ['a wrong value', text(header, { ...attempt, outcome: 'fine' }), /Line 2 .*attempt\.outcome/],
  ])('refuses %s', (_, content, message) => {
    expect(() => parseRecord(content, 'run.jsonl')).toThrow(
      expect.objectContaining({
        code: 'ISOLANE_RECORD',
        message: expect.stringMatching(message) as string,
      }) as Error,
    )
  })

  test('names a file that is not there', () => {
    expect(() => readRecord(join(dir, 'nothing.jsonl'))).toThrow(
      /Cannot read the record .*nothing\.jsonl/,
    )
  })
})

test('what was collected and not reported is missing, once', () => {
  const { key, project, file, titlePath } = attempt
  const one = { key, project, file, titlePath }
  const two = { ...one, key: 'a.test.ts > two', titlePath: ['two'] }
  expect(reconcile([one, two, two], [attempt], new Set(['a.test.ts > two']))).toEqual([
    { kind: 'missing', ...two, started: true },
  ])
  expect(reconcile([one], [attempt])).toEqual([])
})
