import { makeReport } from '@isolane/sandbox'
import { expect, test } from 'vitest'
import { summary } from './summary.ts'

const nothing = 'the sandbox kept nothing apart'

test.for([
  [2, 0, `${nothing}: no two workers used the same port, socket or file.`],
  [1, 0, `${nothing}: one worker ran everything (--workers says how many run at a time).`],
  [2, 130, `${nothing} before the command was stopped.`],
] as const)('%i workers, exit code %i, nothing kept apart', ([workers, exitCode, line]) => {
  const report = makeReport({
    command: ['jest'],
    root: '/project',
    parts: ['network'],
    exitCode,
    runners: [{ name: 'Jest', pid: 1, workers }],
    forwarded: [],
    workers: [],
  })
  expect(summary(report)).toEqual([line])
})
