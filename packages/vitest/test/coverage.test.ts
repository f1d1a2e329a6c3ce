import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { project, versions } from './support/project.ts'
import type { VitestVersion } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'

const calls = (times: number): string => `
  import { expect, test } from 'vitest'
  import { sum } from './sum.ts'
  test('sums', () => { for (let i = 0; i < ${times}; i++) expect(sum(i, 1)).toBe(i + 1) })
`

const files = {
  'sum.ts': `
    export function sum(a: number, b: number): number {
      if (a > 100) { return 0 }
      return a + b
    }
    export function unused(): void {}
  `,
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    export default {
      plugins: [isolated()],
      test: { include: ['*.test.ts'], coverage: { enabled: true, include: ['sum.ts'], reporter: ['json', 'text-summary'] } },
    }
  `,
  ...Object.fromEntries([1, 2, 3, 4].map((times) => [`sum${times}.test.ts`, calls(times)])),
}

/** In its first worker it dies when everything is counted. */
const dies = {
  'sum3.test.ts': `
    import { existsSync, writeFileSync } from 'node:fs'
    ${calls(3)}
    test('dies', () => {
      if (existsSync('died')) return
      writeFileSync('died', '')
      process.kill(process.pid, 'SIGKILL')
    })
  `,
}

interface Covered {
  readonly summary: string | undefined
  readonly counts: unknown
}

async function covered(
  version: VitestVersion,
  pool: string,
  provider: string,
  { sandbox = '0', more = {} }: { sandbox?: string; more?: Readonly<Record<string, string>> } = {},
): Promise<Covered> {
  const it = await project({ ...files, ...more }, { ISOLANE_SANDBOX: sandbox }, [], version)
  const options = [`--pool=${pool}`, `--coverage.provider=${provider}`, '--maxWorkers=2']
  const { child, output, ended } = it.start('run', ...options)
  await ended
  expect(child.exitCode, output()).toBe(0)
  const report = await readFile(join(it.dir, 'coverage/coverage-final.json'), 'utf8')
  const [sum] = Object.values(JSON.parse(report) as Record<string, { s: object; f: object }>)
  return { summary: /^Functions .*$/m.exec(output())?.[0], counts: [sum?.s, sum?.f] }
}

describe.for(versions)('Vitest %s', (version) => {
  test.for(['v8', 'istanbul'])(
    'coverage with %s has the same numbers as with forks, with spares, after a crash and in sandboxes',
    { timeout: 240_000 },
    async (provider) => {
      const theirs = await covered(version, 'forks', provider)
      expect(theirs.summary).toBe('Functions    : 50% ( 1/2 )')
      // One call for every turn of the loops of all four files.
      expect(Object.values((theirs.counts as [object, object])[1])).toEqual([10, 0])
      // A worker that dies takes what it has counted with it, and its file runs again.
      const crashed = await covered(version, 'isolated', provider, { more: dies })
      expect(crashed).toEqual(theirs)
      const sandboxes = haveSandboxes ? ['0', '1'] : ['0']
      for (const sandbox of sandboxes) {
        expect(await covered(version, 'isolated', provider, { sandbox })).toEqual(theirs)
      }
    },
  )
})
