import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { defineLanes, port, server } from '@isolane/core'
import type { LeasedLane } from '@isolane/core/host'
import { expect, test } from 'vitest'
import { lanes } from './fixtures/lanes.ts'
import { enter } from './support/enter.ts'
import { folder } from './support/folder.ts'
import { startHost } from './support/start-host.ts'

const entry = fileURLToPath(new URL('./fixtures/current-main.ts', import.meta.url))

/** What a process with the lane's environment, or its descendant, sees of the lane. */
async function seenBy(lane: LeasedLane, depth: number): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [entry, String(depth)], {
    env: { ...process.env, ...lane.env },
  })
  return JSON.parse(stdout)
}

test('outside a lane it says what to do', () => {
  expect(() => lanes.current()).toThrowErrorMatchingInlineSnapshot(`
    [IsolaneError: lanes.current() was called outside a lane: ISOLANE_LANE is not set in this process.
    Hint: run the tests with \`vitest --pool=isolated\`, or through isolated() in playwright.config.ts; in a process you start yourself, pass process.env on.]
  `)
})

test('gives the lane to the worker, to what it starts, and to what that starts', async () => {
  const { host } = await startHost(lanes)
  const lane = await host.acquire({ slot: 3 })
  const seen = await seenBy(lane, 0)
  const { port: number } = lane.file.data as { port: { number: number } }
  expect(seen).toMatchObject({
    id: lane.id,
    generation: 1,
    slot: 3,
    port: { ...number, host: '127.0.0.1', url: `http://127.0.0.1:${lane.env['PORT']}` },
    tmp: { path: lane.env['TMPDIR'] },
    tmpdir: lane.env['TMPDIR'],
    accounts: {
      admin: { role: 'admin', number: 1, email: 'admin.worker1@isolane.test' },
      guest: { role: 'guest', invitedBy: 'admin' },
    },
  })
  await host.reset(lane.id)
  expect(await seenBy(lane, 1)).toEqual({ ...(seen as object), generation: 2 })
  expect(await seenBy(lane, 2)).toEqual({ ...(seen as object), generation: 2 })
})

test('says when the lane is gone, or was made from other lanes', async () => {
  const { host } = await startHost(lanes)
  const lane = await host.acquire({ slot: 1 })
  enter(lane.env)
  const other = defineLanes({ port: port(), folder: folder() })
  expect(other.current().port).toEqual(lanes.current().port)
  const code = 'ISOLANE_OUTSIDE_LANE'
  expect(() => other.current().folder).toThrow(
    expect.objectContaining({
      code,
      message: `Lane ${lane.id} has no resource "folder": it was made from other lanes (port, tmp, accounts).
Hint: give isolated() in the runner’s config the same lanes object that the test imports.`,
    }),
  )
  await host.close()
  expect(() => lanes.current()).toThrow(
    expect.objectContaining({
      code,
      message: `Lane ${lane.id} is gone: its run has ended or was cleaned up while this process lived on.
Hint: end what a test started before its run ends; \`npx isolane clean\` removes what is left.`,
    }),
  )
})

/** Every file below a directory, with its mode. */
function files(dir: string): { path: string; mode: number; directory: boolean }[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => {
    const path = join(dir, name)
    const stat = statSync(path)
    return { path, mode: stat.mode & 0o777, directory: stat.isDirectory() }
  })
}

test.skipIf(process.platform === 'win32')(
  'keeps a run from other users, and passwords in lane.json alone',
  async () => {
    const command = `${process.execPath} -e "require('node:http').createServer((_, r) => r.end()).listen(process.env.PORT, '127.0.0.1')"`
    const { host, cache } = await startHost(
      defineLanes({ ...lanes.resources, app: server({ command }) }),
      { spares: 0 },
    )
    const lane = await host.acquire({ slot: 1 })
    const { admin } = lane.file.data['accounts'] as { admin: { password: string } }
    expect(admin.password).toMatch(/^[\w-]{16}$/)

    const found = files(cache)
    const runDir = String(host.env['ISOLANE_HOST'])
    const of = found.filter(({ path }) => path.startsWith(runDir))
    expect(of.filter(({ mode, directory }) => directory && mode !== 0o700)).toEqual([])
    const regular = of.filter(({ path }) => /run\.json|lane\.json|server\.log/.test(path))
    expect(regular.map(({ mode }) => mode)).toEqual([0o600, 0o600, 0o600])

    const telling = found.filter(
      ({ path, directory }) =>
        !directory && !path.endsWith('.sock') && readFileSync(path).includes(admin.password),
    )
    expect(telling.map(({ path }) => path)).toEqual([join(lane.file.dir, 'lane.json')])
    expect(JSON.stringify(lane.env)).not.toContain(admin.password)
  },
)
