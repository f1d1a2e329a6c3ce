import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from '@isolane/core/host'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'
import { until } from './support/until.ts'

const head = `
  import { existsSync, renameSync, writeFileSync } from 'node:fs'
  import { laneTest } from '@isolane/vitest'
  import { beforeAll, describe, test as plain } from 'vitest'
  import { lanes } from './lanes.ts'
  const test = laneTest(lanes)
  const until = async (name) => { while (!existsSync(name)) await new Promise((resolve) => setTimeout(resolve, 5)) }
`

test('a test that times out stops waiting for its lock, and its error says for whom it waited', async () => {
  const it = await project({
    'holder.test.ts': `${head}
      test('holds it', { timeout: 50_000 }, ({ lane }) => lane.lock('billing', async () => {
        writeFileSync('held', '')
        await until('gone')
      }))
    `,
    'waiter.test.ts': `${head}
      beforeAll(() => until('held'), 60_000)
      test('waits for it', { timeout: 1_500, retry: 1 }, async ({ lane }) => {
        await lane.lock('billing', () => {})
      })
      test('gives up by itself', async ({ lane, expect }) => {
        const own = new AbortController()
        const waiting = lane.lock('billing', { signal: own.signal })
        own.abort(new Error('no longer wanted'))
        await expect(waiting).rejects.toThrow('no longer wanted')
        await expect(lane.lock("billing", { signal: "now" })).rejects.toThrow('lock.signal must be an AbortSignal')
        await expect(lane.lock('billing', { timeoutMs: 1 })).rejects.toThrow('within 1 ms')
        writeFileSync('gone', '')
        expect(await lane.lock(['billing'], () => 'mine')).toBe('mine')
      })
    `,
  })
  const { exitCode, passed, failures, output } = await it.run('--maxWorkers=2')
  expect({ exitCode, passed, failures }, output).toEqual({
    exitCode: 1,
    passed: 2,
    failures: ['waits for it'],
  })
  const told = output.match(/^It waited for .*$/gm)?.map((line) =>
    line
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replace(/\(\d+\.\d s\)/, '(<seconds>)')
      .replace(/pid \d+/, 'pid <pid>')
      .replaceAll(/[\da-f]{8}(?=-| of)/g, '<run>')
      .replace(/-\d+,/, '-<n>,'),
  )
  const line = `It waited for lock "billing": held since <time> (<seconds>) by pid <pid>, lane <run>-<n>, test "holds it", run <run> of <project>.`
  expect(new Set(told), output).toEqual(new Set([line]))
  expect(output).toContain('Test timed out in 1500ms')
  expect(await it.leftovers()).toEqual([])
})

test('who waits long, and what every lane is at, is in the terminal and in the registry', async () => {
  const it = await project({
    'holder.test.ts': `${head}
      describe('a suite', () => {
        plain('comes first', () => {})
        plain('holds it', { timeout: 50_000 }, () => lanes.current().lock('billing', async () => {
          writeFileSync('held', '')
          await until('gone')
        }))
      })
    `,
    'waiter.test.ts': `${head}
      test('waits for it', { timeout: 50_000 }, async ({ lane }) => {
        await until('held')
        await lane.lock('billing', () => {})
        writeFileSync('pid', String(process.pid))
      })
    `,
  })
  const { output, ended } = it.start('run', '--pool=isolated', '--maxWorkers=2')
  await until('it is told', () => /has waited 10 s/.test(output()), output)
  expect(output()).toMatch(
    /^isolane: lane [\da-f]{8}-\d+ \(pid \d+\) has waited 10 s for lock "billing": held since [^ ]+ \(\d+\.\d s\) by pid \d+, lane [\da-f]{8}-\d+, test "a suite > holds it", run [\da-f]{8} of <project>$/m,
  )
  const registry = await Registry.open({ dir: it.cacheDir })
  const lanes = (await registry.lanes()).filter(({ slot }) => slot)
  await registry.close()
  expect(
    lanes
      .map(({ test, slot, state, generation }) => ({ test, slot, state, generation }))
      .toSorted((a, b) => (a.test ?? '').localeCompare(b.test ?? '')),
  ).toEqual([
    { test: 'a suite > holds it', slot: expect.any(Number), state: 'leased', generation: 1 },
    { test: 'waits for it', slot: expect.any(Number), state: 'leased', generation: 1 },
  ])
  await it.write({ gone: '' })
  await ended
  const waiter = lanes.find((lane) => lane.test === 'waits for it')
  expect(waiter?.workerPid).toBe(Number(await readFile(join(it.dir, 'pid'), 'utf8')))
  expect(output()).toContain('2 passed (2)')
})

test('what a lane is at is in the registry when a test blocks its thread at once', async () => {
  const it = await project({
    'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      export default defineConfig({ plugins: [isolated(lanes, { hang: { after: 500 } })], test: { testTimeout: 60_000 } })
    `,
    'blocks.test.ts': `${head}
      describe('a suite', () => {
        plain('comes first', () => {})
        plain('blocks', () => { while (!existsSync('gone')); })
      })
    `,
  })
  const { output, ended } = it.start('run', '--pool=isolated')
  const registry = await Registry.open({ dir: it.cacheDir })
  const isKnown = async (): Promise<boolean> =>
    (await registry.lanes()).some(({ test }) => test === 'a suite > blocks')
  await until('it is known', isKnown, output)
  await registry.close()
  await it.write({ gone: '' })
  await ended
  expect(output()).toContain('2 passed (2)')
})

test('a lock is one for all projects, runs and versions of Vitest on the machine, and a killed run gives it back', async () => {
  const holder = await project({
    'holds.test.ts': `${head}
      test('holds it', ({ lane }) => lane.lock(['billing', 'stock'], async () => {
        writeFileSync('held', '')
        await until('gone')
      }))
    `,
  })
  const other = await project(
    {
      'waits.test.ts': `${head}
        test('is told for whom', async ({ lane }) => {
          await lane.lock('stock', () => {}, { timeoutMs: 1 }).catch(({ message }) => writeFileSync('told.part', message))
          renameSync('told.part', 'told')
        })
        test('waits', ({ lane }) => lane.lock('billing', () => {}))
      `,
    },
    { ISOLANE_CACHE_DIR: holder.cacheDir },
    [],
    '4.1',
  )
  const held = holder.start('run', '--pool=isolated')
  await until('it is held', () => existsSync(join(holder.dir, 'held')), held.output)
  const waiting = other.start('run', '--pool=isolated')
  await until('it is told', () => existsSync(join(other.dir, 'told')), waiting.output)
  const told = await readFile(join(other.dir, 'told'), 'utf8')
  expect(told.split('\n')[0]?.replace(/since .* by/, 'since <time> by')).toMatch(
    new RegExp(
      `^Lock "stock" not granted within 1 ms: held since <time> by pid \\d+, lane [\\da-f]{8}-\\d+, test "holds it", run [\\da-f]{8} of ${holder.dir}\\.$`,
    ),
  )
  held.child.kill('SIGKILL')
  await waiting.ended
  expect(waiting.child.exitCode, waiting.output()).toBe(0)
  expect(waiting.output()).toMatch(/Tests {2}2 passed/)
  await holder.nothingLeft()
})
