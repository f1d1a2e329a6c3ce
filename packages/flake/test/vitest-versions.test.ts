import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRecord } from '@isolane/record'
import { expect, test } from 'vitest'
import { meeting } from './meeting.ts'
import { earlierVitest, makeProject } from './project.ts'

const slow = { timeout: 480_000 }

// Side by side they write one file, and each sees once what the other wrote.
const keeps = (
  name: string,
  other: string,
): string => `import { readFileSync, writeFileSync } from 'node:fs'
  import { describe, expect, test } from 'vitest'
  ${meeting()}
  describe('${name}', () => {
    test('keeps what it wrote', async () => {
      const found = new Set()
      for (const last of ['here', 'there']) {
        if (last === '${name}') await hear('${other}, ' + last)
        writeFileSync('state.txt', '${name}')
        await say('${name}, ' + last)
        if (last !== '${name}') await hear('${other}, ' + last)
        found.add(readFileSync('state.txt', 'utf8'))
      }
      expect([...found]).toEqual(['${name}'])
    })
  })`

test.for(['4.1', '5.0'] as const)(
  'Vitest %s is understood like the latest',
  slow,
  async (version) => {
    const { modules, vitest } = earlierVitest(version)
    await using project = await makeProject(
      {
        'vitest.config.js': `export default { test: { testTimeout: 90_000, reporters: [['json', { outputFile: 'results.json' }]] } }`,
        'cart.test.js': `import { describe, expect, test } from 'vitest'
        const cart = []
        describe('cart (new)', () => {
          test('adds', () => { cart.push('book') })
          describe('first', () => {
            test('starts empty', () => { expect(cart).toEqual([]) })
          })
        })`,
        'again.test.js': `import { existsSync, writeFileSync } from 'node:fs'
        import { expect, test } from 'vitest'
        test('passes the second time', { retry: 1 }, () => {
          const seen = existsSync('MEMORY/seen')
          writeFileSync('MEMORY/seen', '')
          expect(seen).toBe(true)
        })`,
        'here.test.js': keeps('here', 'there'),
        'there.test.js': keeps('there', 'here'),
      },
      modules,
    )
    const { report } = await project.flake({ command: [...vitest, 'run', '--maxWorkers=2'] })
    expect(report.runner).toMatchObject({ name: 'vitest', version: expect.stringMatching(version) })
    const findings = new Map(report.findings.map((finding) => [finding.test.key, finding]))
    expect(findings.get('cart.test.js > cart (new) > first > starts empty')).toMatchObject({
      verdict: 'order-dependent',
      culprits: [{ role: 'polluter', key: 'cart.test.js > cart (new) > adds' }],
    })
    expect(findings.get('again.test.js > passes the second time')).toMatchObject({
      verdict: 'not-reproduced',
    })
    const [one] = ['here', 'there'].flatMap(
      (name) => findings.get(`${name}.test.js > ${name} > keeps what it wrote`) ?? [],
    )
    expect(one).toMatchObject({
      verdict: 'parallel-only',
      mechanism: 'collision',
      cause: 'file',
      first: { slot: expect.any(Number), worker: expect.any(String) },
    })
    expect(one?.evidence).toContainEqual(
      expect.objectContaining({ kind: 'file', detail: 'both wrote file state.txt' }),
    )

    const record = readRecord(join(project.dir, '.isolane', 'flake', 'runs', '1-first.jsonl'))
    const retried = record.attempts.filter(({ file }) => file === 'again.test.js')
    expect(retried.map(({ outcome, retry }) => [outcome, retry])).toEqual([
      ['failed', 0],
      ['passed', 1],
    ])
    const placed = record.attempts.map(({ file, worker, slot }) => ({ file, worker, slot }))
    expect(new Set(placed.map(({ worker }) => worker)).size).toBe(4)
    expect(new Set(placed.map(({ slot }) => slot))).toEqual(new Set([1, 2]))
    // The reporters of the configuration have run too.
    const results = readFileSync(join(project.dir, 'results.json'), 'utf8')
    expect(JSON.parse(results)).toMatchObject({ numTotalTests: 5 })
  },
)
