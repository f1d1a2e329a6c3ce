import { expect, test } from 'vitest'
import { project, versions } from './support/project.ts'

test.for(versions)(
  'Vitest %s: what a dead worker had not told yet is told, also of tests that skip themselves',
  async (version) => {
    const it = await project(
      {
        'vitest.config.ts': `
          import { isolated } from '@isolane/vitest'
          import { lanes } from './lanes.ts'
          export default { plugins: [isolated(lanes, { crash: { requeue: 0 } })], test: { pool: 'isolated' } }
        `,
        'dies.test.ts': `
          import { expect, test } from 'vitest'
          test('passes', () => {})
          test('fails', () => { expect(1).toBe(2) })
          test('skips itself', ({ skip }) => skip('for a reason'))
          // Vitest's worker sends results in batches, 100 ms apart.
          test('dies', () => { process.kill(process.pid, 'SIGKILL') })
          test('never runs', () => {})
        `,
      },
      {},
      [],
      version,
    )
    const { exitCode, passed, failures, output } = await it.run('--reporter=verbose')
    expect({ exitCode, passed, failures }, output).toEqual({
      exitCode: 1,
      passed: 1,
      failures: ['fails', 'dies'],
    })
    expect(output).toMatch(/↓ .*skips itself.*\[for a reason\]/)
    expect(output).not.toMatch(/↓ .*never runs.*\[for a reason\]/)
    expect(output).toContain('AssertionError: expected 1 to be 2')
  },
)
