import { expect, test } from 'vitest'
import { checkResetOptions } from './reset-options.ts'
import type { ResetOptions } from './reset-options.ts'

const group = (): undefined => undefined

test.each<[options: object, message: string]>([
  [
    { reset: 'test' },
    "isolated.reset must be 'file', 'group' or 'never'; a reset before every test is up to the test file; received \"test\".",
  ],
  [
    { reset: 'test', sandbox: true },
    'the project in a sandbox begins anew with the next worker, because a process keeps what it has opened.',
  ],
  [{ reset: 'files' }, `isolated.reset must be 'file', 'group' or 'never'; received "files".`],
  [{ database: 'empty' }, `isolated.database must be 'reset' or 'fresh-file'; received "empty".`],
  [{ reset: 'group' }, "isolated.group must be a function with reset: 'group'; received nothing."],
  [
    { reset: 'group', group: 'billing' },
    `isolated.group must be a function with reset: 'group'; received "billing".`,
  ],
  [{ group }, "isolated.group must be left out with reset: 'file'; received a function."],
  [
    { reset: 'never', database: 'fresh-file' },
    `isolated.database must be 'reset' with reset: 'never'; received "fresh-file".`,
  ],
  [
    { reset: 'never', spareWorkers: 2 },
    "isolated.spareWorkers must be 0 with reset: 'never'; received 2.",
  ],
])('%j is refused', (options, message) => {
  expect(() => checkResetOptions(options)).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION', message: expect.stringContaining(message) }),
  )
})

test.each<ResetOptions>([
  {},
  { reset: 'file', database: 'fresh-file' },
  { reset: 'group', group, database: 'fresh-file' },
  { reset: 'never' },
])('%j is fine', (options) => {
  expect(() => checkResetOptions(options)).not.toThrow()
})
