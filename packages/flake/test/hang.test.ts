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
  expect(report.totals).toMatchObject({ passed: 1, missing: 2 })
  expect(report.findings).toMatchObject([
    {
      test: { file: 'a.test.js' },
      verdict: 'infrastructure',
      evidence: [{ kind: 'hang', detail: 'it hung and was ended: 2 tests gave no result' }],
    },
  ])
  expect(report.findings[0]?.evidence[0]?.tests).toEqual(['a.test.js > fine', 'a.test.js > loops'])
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
