import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as tick } from 'node:timers/promises'
import { tempDir } from '@isolane/core'
import { endGroup, Registry } from '@isolane/core/host'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test, vi } from 'vitest'
import { editRegistry } from './support/edit-registry.ts'
import { resourceLane } from './support/resource-lane.ts'
import { startRun } from './support/run-process.ts'
import { canBeStuck, stuck } from './support/stuck.ts'
import { tempCache } from './support/temp-cache.ts'

async function open(cache: string): Promise<Registry> {
  const registry = await Registry.open({ dir: cache })
  onTestFinished(() => registry.close())
  return registry
}

async function openWithRun(
  cache: string,
): Promise<{ registry: Registry; id: string; dir: string }> {
  const registry = await open(cache)
  const id = randomUUID()
  return { registry, id, dir: await registry.addRun({ id, root: '/project', argv: ['run'] }) }
}

test('records a run and its lanes', async () => {
  const cache = join(tempCache(), 'new')
  const { registry, id, dir } = await openWithRun(cache)
  await registry.setLanes([{ id: 'a-1', run: id, number: 1, state: 'making' }])
  const [made] = await registry.lanes()
  await registry.setLanes([
    {
      id: 'a-1',
      run: id,
      number: 1,
      state: 'leased',
      generation: 2,
      slot: 3,
      workerPid: 77,
      test: 'a.test.ts',
      testSince: '2026-01-01T00:00:01.000Z',
      since: '2026-01-01T00:00:00.000Z',
    },
  ])
  const [leased] = await registry.lanes()

  expect(await registry.runs()).toMatchObject([
    { id, pid: process.pid, root: '/project', argv: ['run'], dir },
  ])
  expect(made).toMatchObject({ state: 'making', generation: 1, slot: null, test: null })
  expect(leased).toMatchObject({
    state: 'leased',
    since: '2026-01-01T00:00:00.000Z',
    generation: 2,
    slot: 3,
    workerPid: 77,
    test: 'a.test.ts',
    testSince: '2026-01-01T00:00:01.000Z',
  })
  expect(leased?.dir).toBe(join(dir, 'lanes', 'a-1'))
})

test.skipIf(process.platform === 'win32')('keeps everything from other users', async () => {
  const cache = join(tempCache(), 'new')
  const { dir } = await openWithRun(cache)
  const modes = ['.', 'registry.db', 'registry.db-wal', 'runs', dir.slice(cache.length)].map(
    (path) => statSync(join(cache, path)).mode & 0o777,
  )
  expect(modes).toEqual([0o700, 0o600, 0o600, 0o700, 0o700])
})

test('gives a lease to one lane at a time, whichever registry asks', async () => {
  const cache = tempCache()
  const first = await openWithRun(cache)
  const second = await openWithRun(cache)
  const a = first.registry.holdings({ run: first.id, lane: 'a-1' })
  const b = second.registry.holdings({ run: second.id, lane: 'b-1' })

  expect(await a.lease('port', '3000')).toBe(true)
  expect(await a.lease('port', '3000')).toBe(true)
  expect(await b.lease('port', '3000')).toBe(false)
  expect(await b.lease('account', '3000')).toBe(true)
  expect(await b.leased('port')).toEqual(['3000'])
  expect(await b.holders('port')).toMatchObject([
    { name: '3000', lane: 'a-1', run: first.id, pid: process.pid },
  ])
  await b.release('port', '3000')
  expect(await b.lease('port', '3000')).toBe(false)
  await a.release('port', '3000')
  await a.release('port', '3000')
  expect(await b.lease('port', '3000')).toBe(true)
  await second.registry.removeLane('b-1')
  expect(await a.leased('account')).toEqual([])
})

test('sweeps all that a killed run left', async () => {
  const cache = tempCache()
  const id = randomUUID()
  const dead = await startRun({ cache, id })
  const { registry, id: own, dir: ownDir } = await openWithRun(cache)
  const { group, stray, dir, tempDir } = dead.report
  expect((await registry.sweep()).runs).toBe(0)

  await dead.kill()
  const summary = await registry.sweep()

  // The stray is found by its environment, which only Linux shows.
  const strays = process.platform === 'linux' ? 1 : 0
  expect(summary).toEqual({ runs: 1, processes: 1 + strays, directories: 2, leases: 2, left: [] })
  for (const pid of strays ? [...group, stray] : group) expect(runs(pid)).toBe(false)
  expect(exists(dir)).toBe(false)
  expect(exists(tempDir)).toBe(false)
  expect(exists(ownDir)).toBe(true)
  expect((await registry.runs()).map((run) => run.id)).toEqual([own])
  expect(await registry.lanes()).toEqual([])
  expect(await registry.leased('port')).toEqual([])
})

test('several sweeps at once count each dead run once and leave live runs alone', async () => {
  const cache = tempCache()
  const [dead, alsoDead, live] = await Promise.all([
    startRun({ cache, id: randomUUID() }),
    startRun({ cache, id: randomUUID() }),
    startRun({ cache, id: randomUUID() }),
  ])
  await Promise.all([dead.kill(), alsoDead.kill()])
  const registries = await Promise.all([open(cache), open(cache), open(cache)])
  const summaries = await Promise.all(registries.map((registry) => registry.sweep()))

  expect(summaries.reduce((sum, one) => sum + one.runs, 0)).toBe(2)
  expect(summaries.reduce((sum, one) => sum + one.directories, 0)).toBe(4)
  expect(await registries[0]?.runs()).toHaveLength(1)
  for (const pid of [...live.report.group, live.report.stray]) expect(runs(pid)).toBe(true)
  expect(exists(live.report.dir)).toBe(true)
})

test('takes over the lease of a dead run once its processes have ended', async () => {
  const cache = tempCache()
  const dead = await startRun({ cache, id: randomUUID() })
  const { registry, id } = await openWithRun(cache)
  const holdings = registry.holdings({ run: id, lane: 'b-1' })
  const name = String(dead.report.port)
  expect(await holdings.lease('port', name)).toBe(false)

  await dead.kill()
  expect(await holdings.leased('port')).toEqual([])
  expect(await holdings.lease('port', name)).toBe(true)
  for (const pid of dead.report.group) expect(runs(pid)).toBe(false)
  expect(await holdings.leased('port')).toEqual([name])
})

test('takes a reused pid for another process', async () => {
  const cache = tempCache()
  const live = await startRun({ cache, id: randomUUID() })
  const { registry } = await openWithRun(cache)
  const [leader = 0] = live.report.group
  const past = '2020-01-01T00:00:00.000Z'
  editRegistry(cache, (database) => {
    const [{ start } = { start: '' }] = database
      .prepare<[number], { start: string }>('select start from runs where pid = ?')
      .all(live.pid)
    const earlier = start.replace(/\d+$/, '1')
    database
      .prepare('insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, null)')
      .run('old', live.pid, earlier, past, past, '[]', '/', join(cache, 'runs', 'old'))
    database
      .prepare('insert into processes values (?, ?, ?, ?, ?)')
      .run('old', 'old-1', leader, earlier, past)
  })

  expect(await registry.sweep()).toMatchObject({ runs: 1, processes: 0 })
  expect(runs(live.pid)).toBe(true)
  expect(runs(leader)).toBe(true)
})

test('closing a lane ends its processes and gives back what it held', async () => {
  const cache = tempCache()
  const live = await startRun({ cache, id: randomUUID() })
  const registry = await open(cache)
  const [lane] = await registry.lanes()
  await registry.removeLane(lane?.id ?? '')

  expect(await registry.lanes()).toEqual([])
  expect(await registry.leased('port')).toEqual([])
  expect(exists(live.report.tempDir)).toBe(false)
  for (const pid of live.report.group) expect(runs(pid)).toBe(false)
})

test.runIf(canBeStuck())('remembers a directory that stays until a sweep removes it', async () => {
  vi.stubEnv('TMPDIR', tempCache())
  onTestFinished(() => void vi.unstubAllEnvs())
  const { registry, id, context, provision } = await resourceLane(tempCache())
  const { path } = (await provision(tempDir())).data
  await context.holdings.lease('port', '3000')
  const free = stuck(path)

  await expect(registry.removeLane(id)).rejects.toThrow(path)
  expect(await registry.leased('port')).toEqual([])
  expect(await registry.leased('directory')).toEqual([path])

  const { run } = context.lane
  const left = [expect.stringContaining(path)]
  expect(await registry.endRun(run)).toMatchObject({ runs: 0, directories: 1, left })
  expect(await registry.runLives(run)).toBe(false)
  expect(await registry.sweep()).toMatchObject({ runs: 0, directories: 0, left })
  free()
  expect(await registry.sweep()).toMatchObject({ runs: 1, directories: 1, leases: 1, left: [] })
  expect(exists(path)).toBe(false)
  expect(await registry.runs()).toEqual([])
})

test('removes directories of dead runs that the registry does not know', async () => {
  const cache = tempCache()
  const dead = await startRun({ cache, id: randomUUID() })
  const live = await startRun({ cache, id: randomUUID() })
  await dead.kill()
  editRegistry(cache, (database) => {
    database.pragma('foreign_keys = on')
    database.exec('delete from runs')
  })
  const registry = await open(cache)

  expect(await registry.sweep()).toMatchObject({ runs: 0, directories: 1 })
  expect(exists(dead.report.dir)).toBe(false)
  expect(exists(live.report.dir)).toBe(true)
  for (const pid of dead.report.group) await endGroup(pid)
})

test('a machine-wide lock has one holder, tells for whom it waits, and is freed by death', async () => {
  const cache = tempCache()
  const first = await open(cache)
  const second = await open(cache)
  const order: string[] = []
  const told = Promise.withResolvers<number>()
  const held = first.locked('template/x', async () => {
    expect(await told.promise).toBe(process.pid)
    order.push('first')
  })
  await second.locked('template/x', async () => order.push('second'), {
    tellAfterMs: 20,
    onWait: (holder) => told.resolve(holder.pid),
  })
  await held
  expect(order).toEqual(['first', 'second'])

  const dead = await startRun({ cache, id: randomUUID() })
  const [run] = await first.runs()
  await dead.kill()
  editRegistry(cache, (database) =>
    database
      .prepare('insert into locks values (?, ?, ?, ?, ?)')
      .run('template/y', 'token', run?.pid, run?.start, '2026-01-01T00:00:00.000Z'),
  )
  expect(await first.locked('template/y', async () => 'mine')).toBe('mine')
})

test('a lock is freed when its work throws, and waiting for it can be given up', async () => {
  const registry = await open(tempCache())
  await expect(
    registry.locked('x', () => Promise.reject(new Error('work failed'))),
  ).rejects.toThrow('work failed')
  await registry.locked('x', async () => {
    const stop = new AbortController()
    const waiting = registry.locked('x', async () => {}, { signal: stop.signal })
    stop.abort(new Error('given up'))
    await expect(waiting).rejects.toThrow('given up')
  })
})

test.skipIf(process.platform !== 'linux')(
  'several in one process take no locks from each other',
  async () => {
    const cache = tempCache()
    await openWithRun(cache)
    const { ino } = statSync(join(cache, 'registry.db'))
    const locked = (): boolean => readFileSync('/proc/locks', 'latin1').includes(`:${ino} `)
    expect(locked()).toBe(true)
    await open(cache)
    expect(locked()).toBe(true)
  },
)

test('waits for a busy registry without blocking this process', async () => {
  const cache = tempCache()
  const { registry, id } = await openWithRun(cache)
  const other = new Database(join(cache, 'registry.db'))
  onTestFinished(() => void other.close())
  other.exec('begin immediate')
  const leased = registry.lease('port', '1', { run: id, lane: 'a-1' })
  // Reached only because the lease does not wait inside SQLite.
  for (let turn = 0; turn < 20; turn += 1) await tick()
  other.exec('rollback')
  expect(await leased).toBe(true)
})

test('refuses a registry that a newer Isolane wrote', async () => {
  const cache = tempCache()
  await (await Registry.open({ dir: cache })).close()
  editRegistry(cache, (database) => database.pragma('user_version = 99'))
  await expect(Registry.open({ dir: cache })).rejects.toMatchObject({
    code: 'ISOLANE_REGISTRY',
    message:
      `The registry ${join(cache, 'registry.db')} was written by a newer Isolane: its version is 99, this one reads up to 3.\n` +
      'Hint: update the @isolane packages of this project, or set ISOLANE_CACHE_DIR to a directory of its own.',
  })
  expect(readdirSync(cache)).toContain('registry.db')
})

test('brings the registry of an older Isolane up to date, runs included', async () => {
  const cache = tempCache()
  const { registry, id } = await openWithRun(cache)
  editRegistry(cache, (database) => {
    database.exec(`drop table lock_names; drop table lock_requests;
      alter table lanes drop column test_since; alter table runs drop column wants`)
    database.pragma('user_version = 1')
  })
  const [first, second] = await Promise.all([open(cache), open(cache)])
  const ask = { run: id, lane: undefined, pid: 1, pidSpace: '', names: ['a'], exclusive: true }
  expect(await first.lockQueue.ask(ask)).toEqual({ ticket: 1, held: true })
  expect(await second.lockQueue.ask(ask)).toEqual({ ticket: 2, held: false })
  expect(await registry.runs()).toHaveLength(1)
})

test('moves a broken registry aside and makes a new one, also when several find it', async () => {
  const cache = tempCache()
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'registry.db'), 'this is not a database '.repeat(400))
  const opened = await Promise.all([open(cache), open(cache), open(cache)])
  const id = randomUUID()
  await opened[0].addRun({ id, root: '/' })

  expect(await opened[2].runs()).toHaveLength(1)
  expect(readdirSync(cache).filter((name) => name.includes('.broken-'))).toHaveLength(1)
})

test('says that a run is over when something is still recorded for it', async () => {
  const cache = tempCache()
  const { registry, id } = await openWithRun(cache)
  await registry.endRun(id)
  expect(await registry.endRun(id)).toMatchObject({ runs: 0 })
  await expect(registry.lease('port', '1', { run: id, lane: 'a-1' })).rejects.toMatchObject({
    code: 'ISOLANE_REGISTRY',
    message:
      `Cannot use the registry ${join(cache, 'registry.db')}: it no longer knows this run.\n` +
      'Hint: start the run again, and remove the cache directory only while no run uses it.',
  })
})

test('says what is wrong with a cache directory it cannot use', async () => {
  const file = join(tempCache(), 'file')
  writeFileSync(file, '')
  await expect(Registry.open({ dir: join(file, 'isolane') })).rejects.toMatchObject({
    code: 'ISOLANE_REGISTRY',
    message:
      `Cannot use the cache directory ${join(file, 'isolane')}: a part of its path is not a directory (ENOTDIR).\n` +
      'Hint: set ISOLANE_CACHE_DIR to a directory that this user can write to.',
  })
})

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** False for a process that has ended, a zombie included. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  return process.platform !== 'linux' || !isZombie(pid)
}

function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return true
  }
}
