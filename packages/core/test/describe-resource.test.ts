import { describeResource } from '@isolane/core/testing'
import { expect, test } from 'vitest'
import { lanes } from './fixtures/conformance/faulty.ts'

test('a resource that breaks every rule fails every test, except that a sweep needs no resource', async () => {
  const bodies = new Map<string, () => Promise<void>>()
  const suites: string[] = []
  describeResource('faulty', lanes, {
    runner: {
      describe: (name, body) => {
        suites.push(name)
        body()
      },
      test: (name, body) => bodies.set(name, body),
    },
    module: new URL('./fixtures/conformance/faulty.ts', import.meta.url),
    resource: 'faulty',
    exclusive: ({ path }) => [path],
  })
  const failed: string[] = []
  for (const [name, body] of bodies) await body().catch(() => failed.push(name))
  expect(suites).toEqual(['resource faulty'])
  // Whoever cleans up after a killed run relies on the registry and on no resource.
  const [rescued] = [...bodies.keys()].filter((name) => !failed.includes(name))
  expect(rescued).toBe('leaves nothing when its owner is killed and the next run sweeps')
  expect(failed).toEqual([...bodies.keys()].filter((name) => name !== rescued))
  expect(failed).toHaveLength(7)
})
