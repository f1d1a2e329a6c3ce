/** A config with short timeouts: 300 ms for a test, 400 ms for a hook. */
export const config = (options: string, more = ''): Record<string, string> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { ByName } from './by-name.ts'
    import { lanes } from './lanes.ts'
    export default defineConfig({ plugins: [isolated(lanes, ${options})], test: {
      include: ['**/*.test.ts'], pool: 'isolated', testTimeout: 300, hookTimeout: 400, teardownTimeout: 200, ${more} } })
  `,
})

/** What is said of the worker that ran a file: all reports, without what differs from run to run. */
export function report(output: string, file: string): string {
  const lines = output.split('\n')
  return lines
    .flatMap((line, from) => {
      if (!line.includes('a worker hangs') || !line.includes(file)) return []
      const rest = lines.slice(from)
      const end = rest.findIndex((one) => /It is being ended|It is left alone/.test(one))
      return rest.slice(0, end + 1)
    })
    .join('\n')
    .replaceAll(/no progress for \d+ ms/g, 'no progress for <n> ms')
    .replaceAll(/lane [\da-f]{8}-\d+/g, 'lane <lane>')
    .replaceAll(/\b(process|port|pid) \d+/g, '$1 <n>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<n>')
    .replaceAll(/<parent>\S*\/(?=\w+\.db)/g, '<lane>/')
    .replaceAll(/held since .* by/g, 'held since <time> by')
    .replaceAll(/run [\da-f]{8}/g, 'run <run>')
}
