import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { laneWaits, Registry } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'
import { project } from './support/project.ts'
import { until } from './support/until.ts'

const waits = `
  import { appendFileSync } from 'node:fs'
  import { lock } from '@isolane/core'
  export const waits = (name) => lock('billing', () => appendFileSync('order', name + ' '))
`

test('what a worker of Playwright has locked, a worker of Vitest waits for, and a process that one has started', async () => {
  const it = await project({
    'lanes.ts': "import { defineLanes } from '@isolane/core'\nexport const lanes = defineLanes({})",
    'waits.js': waits,
    'holds.spec.ts': `
      import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs'
      import { laneTest } from '@isolane/playwright'
      import { expect } from '@playwright/test'
      import { lanes } from './lanes.ts'
      laneTest(lanes)('holds it', () => lanes.current().lock('billing', async () => {
        writeFileSync('held.part', String(process.pid))
        renameSync('held.part', 'held')
        await expect.poll(() => existsSync('gone'), { intervals: [10], timeout: 90_000 }).toBe(true)
        appendFileSync('order', 'playwright ')
      }))
    `,
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      export default defineConfig({
        plugins: [isolated(lanes)],
        test: { pool: 'isolated', include: ['*.vitest.ts'], maxWorkers: 2, testTimeout: 60_000 },
      })
    `,
    'worker.vitest.ts': `
      import { test } from 'vitest'
      import { waits } from './waits.js'
      test('waits', () => waits('worker'))
    `,
    'child.js': "import { waits } from './waits.js'\nawait waits('child')",
    'child.vitest.ts': `
      import { execFile } from 'node:child_process'
      import { promisify } from 'node:util'
      import { test } from 'vitest'
      test('waits', () => promisify(execFile)(process.execPath, ['child.js']))
    `,
  })
  const registry = await Registry.open({ dir: it.cacheDir })
  onTestFinished(async () => await registry.close())
  const waiting = async (): Promise<string[]> => {
    const lanes = await registry.lanes()
    const lines = await Promise.all(
      lanes.map(async ({ id }) => await laneWaits(registry.lockQueue, id)),
    )
    return lines.flat()
  }

  const holder = it.start('holds')
  await until('it is held', () => existsSync(join(it.dir, 'held')))
  const waiter = it.vitest('run')
  await until('both wait', async () => (await waiting()).length === 2)
  const pid = await readFile(join(it.dir, 'held'), 'utf8')
  for (const line of await waiting()) {
    expect(line).toContain(`by pid ${pid}, lane`)
    expect(line).toContain('test "holds.spec.ts › holds it"')
  }
  expect(existsSync(join(it.dir, 'order'))).toBe(false)
  await writeFile(join(it.dir, 'gone'), '')
  await Promise.all([holder.ended, waiter.ended])
  expect(holder.child.exitCode, holder.output()).toBe(0)
  expect(waiter.child.exitCode, waiter.output()).toBe(0)
  const [first, ...others] = (await readFile(join(it.dir, 'order'), 'utf8')).trim().split(' ')
  expect(first).toBe('playwright')
  expect(others.toSorted()).toEqual(['child', 'worker'])
  expect(await it.gone()).toEqual([])
})
