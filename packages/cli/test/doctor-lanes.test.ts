import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defineLanes } from '@isolane/core'
import { LaneHost, Registry } from '@isolane/core/host'
import { expect, onTestFinished, test } from 'vitest'

const isolane = fileURLToPath(new URL('../dist/main.js', import.meta.url))

test('doctor shows the live lanes: who holds them, which test they are at, for whom they wait', async () => {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'isolane-doctor-')))
  const host = await LaneHost.start({
    lanes: defineLanes({}),
    root: dir,
    workers: 2,
    spares: 0,
    cacheDir: dir,
  })
  const registry = await Registry.open({ dir })
  onTestFinished(async () => {
    await registry.close()
    await host.close()
    await rm(dir, { recursive: true })
  })
  const [one, two] = [
    await host.acquire({ slot: 1, pid: 11 }),
    await host.acquire({ slot: 2, pid: 22 }),
  ]
  await host.reset(one.id)
  host.beat(one.id, 'pays \u001b[31man invoice')
  const ask = { run: host.run, pid: 11, pidSpace: '', names: ['billing'], exclusive: true }
  await registry.lockQueue.ask({ ...ask, lane: one.id })
  const { ticket } = await registry.lockQueue.ask({ ...ask, lane: two.id, pid: 22 })
  // What a lane is at is written before it asks for a lock, and else a little later.
  await expect
    .poll(async () => (await registry.lanes()).map(({ test }) => test))
    .toEqual(['pays \u001b[31man invoice', null])

  const doctor = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, ISOLANE_CACHE_DIR: dir, NO_COLOR: '1', FORCE_COLOR: '0' }
    return (await promisify(execFile)(process.execPath, [isolane, 'doctor', ...args], { env }))
      .stdout
  }
  const text = await doctor()
  const plain = text
    .slice(text.indexOf('\nrun '))
    .replaceAll(host.run.slice(0, 8), '<run>')
    .replaceAll(dir, '<root>')
    .replaceAll(/\d+\.\d s/g, '<seconds>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(`pid ${process.pid}`, 'pid <main>')
    .replace(/^ {2}\/.*$/m, '  <command>')
  expect(plain).toMatchInlineSnapshot(`
    "
    run <run>  pid <main>, for <seconds>, in <root>
      <command>
      <run>-1  leased for <seconds>, slot 1, pid 11, generation 2
        at "pays \\u{1b}[31man invoice" for <seconds>
      <run>-2  leased for <seconds>, slot 2, pid 22, generation 1
        waits for lock "billing": held since <time> (<seconds>) by pid 11 of its sandbox or container, lane <run>-1, test "pays \\u{1b}[31man invoice", run <run> of <root>
    "
  `)
  const json = JSON.parse(await doctor('--json')) as {
    format: string
    ok: boolean
    runs: unknown[]
  }
  expect(json).toMatchObject({ format: 'isolane.doctor/1', ok: true })
  expect(json.runs).toEqual([
    {
      id: host.run,
      pid: process.pid,
      startedAt: expect.stringMatching(/Z$/),
      heartbeatAt: expect.stringMatching(/Z$/),
      root: dir,
      argv: process.argv.slice(1),
      lanes: [
        {
          id: one.id,
          state: 'leased',
          since: expect.stringMatching(/Z$/),
          generation: 2,
          slot: 1,
          pid: 11,
          test: 'pays \u001b[31man invoice',
          testSince: expect.stringMatching(/Z$/),
          waitsFor: [],
        },
        {
          id: two.id,
          state: 'leased',
          since: expect.stringMatching(/Z$/),
          generation: 1,
          slot: 2,
          pid: 22,
          test: null,
          testSince: null,
          waitsFor: [expect.stringMatching(/^lock "billing": held since .* by pid 11/)],
        },
      ],
    },
  ])
  await registry.lockQueue.give(ticket)
})
