/** A provider on V8's own precise coverage, which needs its workers to run without a compile cache. */
export const countingCoverage = `
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
