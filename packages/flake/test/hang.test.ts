import { expect, test } from 'vitest'
import { makeProject, playwright, vitest } from './project.ts'

const loops = `for (;;);`

test('a run that hangs is ended, and the file whose tests give no sign of life is named', async () => {
  await using project = await makeProject({
    'a.test.js': `import { test } from 'vitest'
      test('fine', () => {})
      test('loops', () => { ${loops} }, 10)`,
    'b.test.js': `import { test } from 'vitest'
      test('other', () => {})`,
  })
  const command = [...vitest, 'run', '--maxWorkers=2']
  const { exitCode, report } = await project.flake({ command, hangAfterMs: 1000 })
  expect(exitCode).toBe(4)
  // The worker tells what it has done every 100 ms: on a busy machine it may have told of the first test.
  const { passed, missing } = report.totals
  expect([passed + missing, missing === 1 || missing === 2]).toEqual([3, true])
  expect(report.findings).toMatchObject([
    {
      test: { file: 'a.test.js' },
      verdict: 'infrastructure',
      evidence: [{ kind: 'hang' }],
    },
  ])
  expect(report.findings[0]?.evidence[0]).toMatchObject({
    detail: `it hung and was ended: ${missing === 1 ? '1 test' : '2 tests'} gave no result`,
    tests: ['a.test.js > fine', 'a.test.js > loops'].slice(-missing),
  })
}, 240_000)

test('a test has the time that its runner gives it, however silent', async () => {
  await using project = await makeProject({
    'playwright.config.js': `export default { testDir: '.', testMatch: '*.spec.js' }`,
    'slow.spec.js': `import { test } from '@playwright/test'
      test('takes its time', async () => { await new Promise((settle) => setTimeout(settle, 1500)) })`,
  })
  const command = [...playwright, 'test']
  const { exitCode, report } = await project.flake({ command, hangAfterMs: 100 })
  expect(report.totals).toMatchObject({ passed: 1 })
  expect(exitCode).toBe(0)
}, 240_000)
