import { describe, expect, test } from 'vitest'
import { project } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'

const files = (sandbox: string): Record<string, string> => ({
  'vitest.config.ts': `
    import { isolated } from '@isolane/vitest'
    import { defineConfig } from 'vitest/config'
    import { lanes } from './lanes.ts'
    export default defineConfig({
      plugins: [isolated(lanes, { sandbox: ${sandbox}, hang: { after: 1500 } })],
      test: { include: ['**/*.test.ts'], pool: 'isolated', testTimeout: 300 },
    })
  `,
  'dies.test.ts': `
    import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
    import { expect, test } from 'vitest'
    test('dies', () => {
      // What the dead one wrote went with its sandbox.
      expect(existsSync('left')).toBe(false)
      writeFileSync('left', '')
      const one = !existsSync('shared/dies')
      appendFileSync('shared/dies', '')
      if (one) process.kill(process.pid, 'SIGSEGV')
    })
  `,
  'exits.test.ts': "import { test } from 'vitest'\ntest('exits', () => { process.reallyExit(9) })",
  'loop.test.ts': `
    import { spawn } from 'node:child_process'
    import { test } from 'vitest'
    interface Turn { count: number }
    test('turns for ever', () => {
      spawn('sleep', ['600'], { stdio: 'ignore', detached: true }).unref()
      const turn: Turn = { count: 0 }
      for (;;) turn.count += 1
    })
  `,
  'shared/.keep': '',
  'fine.test.ts': "import { test } from 'vitest'\ntest('fine', () => {})",
})

describe.runIf(haveSandboxes)('workers in sandboxes', () => {
  const all = "'network', 'files', 'processes'"
  const modes = [
    ['5.1', all],
    ['4.1', all],
    ['5.1', "'network'"],
  ] as const
  for (const [version, parts] of modes) {
    test(`crash and hang as outside under Vitest ${version}, with ${parts}`, async () => {
      const of = (name: string): boolean => parts.includes(name)
      const it = await project(
        files(
          `{ network: ${of('network')}, files: ${of('files') ? "{ writable: ['shared'] }" : 'false'}, processes: ${of('processes')} }`,
        ),
        {},
        [],
        version,
      )
      const { exitCode, passed, failures, output } = await it.run('--maxWorkers=2')
      expect({ exitCode, passed, failures: failures.toSorted() }, output).toEqual({
        exitCode: 1,
        passed: of('files') ? 2 : 1,
        failures: of('files') ? ['exits', 'turns for ever'] : ['dies', 'exits', 'turns for ever'],
      })
      expect(output).toMatch(/a worker crashed in "dies" \(dies\.test\.ts\): signal SIGSEGV/)
      expect(output).toMatch(/a worker crashed again in "exits" \(exits\.test\.ts\): exit code 9/)
      expect(output).toMatch(
        /a worker hangs in "turns for ever" \(loop\.test\.ts\): .*\n {2}It runs:\n {4}at loop\.test\.ts:8:\d+\n/,
      )
      expect(await it.leftovers()).toEqual([])
    })
  }
})
