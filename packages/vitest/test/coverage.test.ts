import { expect, test } from 'vitest'
import { project } from './support/project.ts'

/** A provider on V8's own precise coverage, which needs its workers to run without a compile cache. */
const provider = `
  import { Session } from 'node:inspector/promises'
  // The module is evaluated anew between start and take.
  const own = globalThis
  const counts = {}
  export default {
    async startCoverage() {
      own.session = new Session()
      own.session.connect()
      await own.session.post('Profiler.enable')
      await own.session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    },
    async takeCoverage() {
      const { result } = await own.session.post('Profiler.takePreciseCoverage')
      const script = result.find(({ url }) => url.endsWith('/sum.js'))
      return script.functions.map(({ functionName, ranges }) => [functionName, ranges.map(({ count }) => count)])
    },
    stopCoverage: () => own.session.disconnect(),
    getProvider: () => ({
      name: 'counting',
      initialize() {},
      resolveOptions: () => ({ enabled: true, provider: 'custom', customProviderModule: new URL(import.meta.url).pathname, reporter: [], reportsDirectory: 'coverage', exclude: [], include: [] }),
      clean() {},
      onAfterSuiteRun({ coverage, testFiles }) { counts[testFiles.map((file) => file.split('/').at(-1)).join()] = coverage },
      generateCoverage: () => counts,
      reportCoverage: () => console.log('counted ' + JSON.stringify(Object.entries(counts).sort())),
    }),
  }
`

test('coverage has the same numbers as with forks, also with spares and in sandboxes', async () => {
  const calls = (times: number): string => `
    import { expect, test } from 'vitest'
    import { sum } from './sum.js'
    test('sums', () => { for (let i = 0; i < ${times}; i++) expect(sum(i, 1)).toBe(i + 1) })
  `
  const files = {
    'counting.js': provider,
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
