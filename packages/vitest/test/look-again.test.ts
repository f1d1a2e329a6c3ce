import { expect, test } from 'vitest'
import { project } from './support/project.ts'

test('a worker that was looked at again and again prints every line once', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      export default defineConfig({ plugins: [isolated(lanes, { hang: { after: 3000 } })], test: {
        include: ['**/*.test.ts'], testTimeout: 300 } })
    `,
    'slow.test.ts': `
      import { test as base } from 'vitest'
      const test = base.extend({
        // Vitest has no timeout for the teardown of a fixture.
        looked: async ({ task }, use) => {
          await use()
          // Silent until somebody has looked, for whom Node opens its inspector and then closes it.
          const { url } = await import('node:inspector')
          while (url() === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
          while (url() !== undefined) await new Promise((resolve) => setTimeout(resolve, 20))
          process.stderr.write('said ' + task.name + '\\n')
        },
      })
      test.for(['1', '2', '3'])('%s', (_, { looked }) => {})
    `,
  })
  const { exitCode, output } = await it.run()
  expect(exitCode, output).toBe(0)
  expect(output.match(/It is left alone: its event loop turns/g), output).toHaveLength(3)
  expect(output.match(/^said \d$/gm), output).toEqual(['said 1', 'said 2', 'said 3'])
  expect(output).not.toContain('Debugger')
})
