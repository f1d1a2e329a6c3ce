import { expect, test } from 'vitest'
import { countingCoverage } from './support/counting-coverage.ts'
import { project } from './support/project.ts'

test('coverage has the same numbers as with forks, also with spares and in sandboxes', async () => {
  const calls = (times: number): string => `
    import { expect, test } from 'vitest'
    import { sum } from './sum.js'
    test('sums', () => { for (let i = 0; i < ${times}; i++) expect(sum(i, 1)).toBe(i + 1) })
  `
  const files = {
    'counting.js': countingCoverage,
    'sum.js':
      'export function sum(a, b) { if (a > 100) { return 0 } return a + b }\nexport function unused() {}',
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      export default { plugins: [isolated()], test: { include: ['*.test.ts'], coverage: { enabled: true, provider: 'custom', customProviderModule: './counting.js' } } }
    `,
    ...Object.fromEntries([1, 2, 3, 4].map((times) => [`sum${times}.test.ts`, calls(times)])),
  }
  const counted = async (pool: string, sandbox = '0'): Promise<string | undefined> => {
    const it = await project(files, { ISOLANE_SANDBOX: sandbox })
    const { child, output, ended } = it.start('run', `--pool=${pool}`, '--maxWorkers=2')
    await ended
    expect(child.exitCode, output()).toBe(0)
    return /^counted (.*)$/m.exec(output())?.[1]
  }
  const theirs = await counted('forks')
  expect(theirs).toContain('["sum3.test.ts",')
  expect(theirs).toContain('["sum",[3')
  expect(await counted('isolated')).toBe(theirs)
  expect(await counted('isolated', '1')).toBe(theirs)
})
