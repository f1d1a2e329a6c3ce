import { describe, expect, test } from 'vitest'
import { seeded } from './seeded.ts'
import { simulate } from './simulate.ts'
import type { Simulated } from './simulate.ts'
import type { Behaviour, MadeUpFile, MadeUpSuite, MadeUpTest } from './suite.ts'

const victim = 'v.test > v'

function passing(count: number, name: string): MadeUpTest[] {
  return Array.from({ length: count }, (_, at) => ({
    title: `${name}${at}`,
    durationMs: 100,
    behaviour: { kind: 'passes' },
  }))
}

/** Twelve files on four workers; in the middle of the first stands the test that matters. */
function suiteWith(behaviour: Behaviour, more: Partial<MadeUpSuite> = {}): MadeUpSuite {
  const tested = { title: 'v', durationMs: 200, behaviour }
  const own: MadeUpFile = {
    file: 'v.test',
    tests: [...passing(3, 'a'), tested, ...passing(2, 'b')],
  }
  const others = Array.from({ length: 11 }, (_, at) => ({
    file: `f${at}.test`,
    tests: passing(4, 't'),
  }))
  return { workers: 4, sharedProcess: false, startMs: 1000, files: [own, ...others], ...more }
}

async function examine(
  behaviour: Behaviour,
  more: Partial<Parameters<typeof simulate>[1]> & { suite?: Partial<MadeUpSuite> } = {},
): Promise<Simulated['findings'][number][]> {
  const findings: Simulated['findings'][number][] = []
  for (let seed = 1; seed <= 20; seed += 1) {
    const suite = suiteWith(behaviour, more.suite)
    const { findings: found } = await simulate(suite, { random: seeded(seed), ...more })
    findings.push(...found.filter(({ test: { key } }) => key === victim))
  }
  return findings
}

function tally(findings: readonly { readonly verdict: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { verdict } of findings) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

describe('of twenty made-up suites, within thirty seconds each', () => {
  test('a real failure is always called consistent', async () => {
    const found = await examine({ kind: 'consistent' })
    expect(tally(found)).toEqual({ consistent: 20 })
    expect(found.every(({ decided }) => decided)).toBe(true)
  })

  test('one that fails every second time is intermittent', async () => {
    const { intermittent = 0 } = tally(await examine({ kind: 'intermittent', rate: 0.5 }))
    expect(intermittent).toBeGreaterThanOrEqual(19)
  })

  test('a victim in its file has its polluter named', async () => {
    const found = await examine({ kind: 'victim', after: ['v.test > a1'], rate: 1 })
    expect(tally(found)).toEqual({ 'order-dependent': 20 })
    for (const { culprits, reproduce } of found) {
      expect(culprits).toMatchObject([
        { role: 'polluter', key: 'v.test > a1', without: { failures: 0 } },
      ])
      expect(reproduce).toBe('made-up v.test > a1 v.test > v')
    }
  })

  test('all polluters are named when asked for', async () => {
    const suite = suiteWith({ kind: 'victim', after: ['v.test > a0', 'v.test > a2'], rate: 1 })
    const random = seeded(7)
    const { findings } = await simulate(suite, { random, allPolluters: true, budgetMs: 120_000 })
    expect(findings[0]?.culprits.map(({ key }) => key).toSorted()).toEqual([
      'v.test > a0',
      'v.test > a2',
    ])
  })

  test('a victim of another file in a shared process has the test of that file named', async () => {
    const suite = { sharedProcess: true, workers: 1 }
    const found = await examine(
      { kind: 'victim', after: ['f3.test > t2'], rate: 1 },
      { suite: { ...suite, files: lastly(suiteWith({ kind: 'passes' })) }, budgetMs: 60_000 },
    )
    expect(found).toEqual([])
    const files = lastly(suiteWith({ kind: 'victim', after: ['f3.test > t2'], rate: 1 }))
    const { findings } = await simulate(
      { ...suiteWith({ kind: 'passes' }), ...suite, files },
      { random: seeded(3), budgetMs: 90_000 },
    )
    expect(findings).toMatchObject([
      { verdict: 'order-dependent', culprits: [{ role: 'polluter', key: 'f3.test > t2' }] },
    ])
  })

  test('a brittle test has its state-setter named', async () => {
    const found = await examine({ kind: 'brittle', without: ['v.test > b1'] })
    expect(tally(found)).toEqual({ 'order-dependent': 20 })
    for (const { culprits } of found) {
      expect(culprits).toMatchObject([{ role: 'state-setter', key: 'v.test > b1' }])
    }
  })

  test('a collision on a port names the other file', async () => {
    const found = await examine({ kind: 'collision', beside: 'f1.test', rate: 0.9, port: 3000 })
    expect(tally(found)).toEqual({ 'parallel-only': 20 })
    const named = found.filter(({ culprits: [first] }) => first?.key === 'f1.test > t0')
    expect(named.length).toBeGreaterThanOrEqual(17)
    expect(
      named.every(({ mechanism, cause }) => mechanism === 'collision' && cause === 'port'),
    ).toBe(true)
  })

  test('without words of its own, a collision is told by what makes it vanish', async () => {
    const found = await examine(
      { kind: 'collision', beside: 'f1.test', rate: 0.9 },
      { sandbox: true, budgetMs: 120_000 },
    )
    const collisions = found.filter(({ mechanism }) => mechanism === 'collision')
    expect(collisions.length).toBeGreaterThanOrEqual(18)
    for (const { arms, nextSteps } of collisions) {
      expect(arms.isolated).toMatchObject({ failures: 0 })
      expect(nextSteps.join(' ')).toContain('npx isolane run --')
    }
  })

  test('starvation is told from a collision, with a timeout that would do', async () => {
    const found = await examine({ kind: 'starvation', load: 3, rate: 0.8 })
    expect(tally(found)).toEqual({ 'parallel-only': 20 })
    const starved = found.filter(({ mechanism }) => mechanism === 'starvation')
    expect(starved.length).toBeGreaterThanOrEqual(19)
    for (const { nextSteps, culprits } of starved) {
      expect(nextSteps[0]).toMatch(/^Give the test \d+ ms/)
      expect(culprits).toEqual([])
    }
  })

  test('what needs somebody beside it is hidden by parallelism, when the command is serial', async () => {
    const found = await examine({ kind: 'serial-only' }, { suite: { workers: 1 } })
    expect(tally(found)).toEqual({ 'serial-only': 20 })
  })
})

test('the same seed gives the same answer', async () => {
  const suite = suiteWith({ kind: 'race', rate: 0.5 })
  const [one, other] = await Promise.all([1, 2].map(() => simulate(suite, { random: seeded(42) })))
  expect(one).toEqual(other)
})

// The file that matters after all others.
function lastly({ files }: MadeUpSuite): MadeUpFile[] {
  return [...files.slice(1), ...files.slice(0, 1)]
}
