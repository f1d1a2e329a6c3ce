import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

test('polluter and state-setter are named, with a command that shows it', async () => {
  await using project = await makeProject({
    'state.js': `export const cart = []; export const session = {}`,
    'victim.test.js': `import { describe, expect, test } from 'vitest'
      import { cart } from './state.js'
      describe('cart', () => {
        test('is a list', () => { expect(cart).toBeInstanceOf(Array) })
        test('adds (an item)', () => { cart.push('book') })
        test('has a length', () => { expect(cart).toHaveProperty('length') })
      })
      test('starts empty', () => { expect(cart).toEqual([]) })`,
    'brittle.test.js': `import { describe, expect, test } from 'vitest'
      import { session } from './state.js'
      test('knows the user', () => { expect(session.user).toBe('ada') })
      describe('session', () => {
        test('is an object', () => { expect(session).toBeTypeOf('object') })
        test('signs in', () => { session.user = 'ada' })
      })`,
  })
  const { exitCode, report } = await project.flake({ command: [...vitest, 'run'] })
  expect(exitCode).toBe(3)
  const findings = report.findings.toSorted((a, b) => (a.test.key < b.test.key ? -1 : 1))
  expect(findings).toMatchObject([
    {
      test: { key: 'brittle.test.js > knows the user' },
      verdict: 'order-dependent',
      culprits: [
        {
          role: 'state-setter',
          key: 'brittle.test.js > session > signs in',
          with: { failures: 0 },
        },
      ],
      arms: { reordered: { failures: 0 } },
      reproduce: "npx vitest run brittle.test.js -t '^knows the user$'",
    },
    {
      test: { key: 'victim.test.js > starts empty' },
      verdict: 'order-dependent',
      culprits: [
        {
          role: 'polluter',
          key: 'victim.test.js > cart > adds (an item)',
          without: { failures: 0 },
        },
      ],
      reproduce: String.raw`npx vitest run victim.test.js -t '^(cart > adds \(an item\)|starts empty)$'`,
    },
  ])
  const [brittle, victim] = findings
  expect(brittle?.arms.alone.failures).toBe(brittle?.arms.alone.runs)
  expect(victim?.arms.file.failures).toBe(victim?.arms.file.runs)
  expect(victim?.culprits[0]?.with.failures).toBeGreaterThan(0)
}, 480_000)
