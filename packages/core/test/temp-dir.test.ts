import { mkdirSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempDir } from '@isolane/core'
import { expect, test } from 'vitest'
import { resourceLane } from './support/resource-lane.ts'
import { tempCache } from './support/temp-cache.ts'

test('gives a directory of the lane’s own, in all three variables', async () => {
  const cache = tempCache()
  const lane = await resourceLane(cache)
  const { handle, env } = await lane.provision(tempDir())
  const { path } = handle
  expect(env).toEqual({ TMPDIR: path, TMP: path, TEMP: path })
  expect(realpathSync(path)).toBe(path)
  expect(readdirSync(path)).toEqual([])
  const other = await (await resourceLane(cache)).provision(tempDir({ env: 'UPLOADS' }))
  expect(other.env).toEqual({ UPLOADS: other.data.path })
  expect(other.data.path).not.toBe(path)
})

test.skipIf(process.platform === 'win32')('no other user may look into it', async () => {
  const lane = await resourceLane(tempCache())
  const { data } = await lane.provision(tempDir())
  expect(statSync(data.path).mode & 0o777).toBe(0o700)
})

test('a reset empties it, whatever the test did to it', async () => {
  const lane = await resourceLane(tempCache())
  const { data } = await lane.provision(tempDir())
  const { path } = data
  const outside = tempCache()
  writeFileSync(join(outside, 'keep'), '')

  writeFileSync(join(path, '.hidden'), '')
  mkdirSync(join(path, 'a', 'b'), { recursive: true, mode: 0o500 })
  symlinkSync(outside, join(path, 'link'))
  expect(await tempDir().reset(data, lane.context)).toEqual({ ok: true })
  expect(readdirSync(path)).toEqual([])

  rmSync(path, { recursive: true })
  symlinkSync(outside, path)
  expect(await tempDir().reset(data, lane.context)).toEqual({ ok: true })
  expect(realpathSync(path)).toBe(path)
  expect(readdirSync(outside)).toEqual(['keep'])

  rmSync(path, { recursive: true })
  expect(await tempDir().reset(data, lane.context)).toEqual({ ok: true })
  expect(readdirSync(path)).toEqual([])
})

test('goes with the lane, once and again', async () => {
  const lane = await resourceLane(tempCache())
  const { data } = await lane.provision(tempDir())
  writeFileSync(join(data.path, 'file'), '')
  await tempDir().dispose(data, lane.context)
  await tempDir().dispose(data, lane.context)
  expect(existsSync(data.path)).toBe(false)
  expect(await lane.context.holdings.leased('directory')).toEqual([])
})

test.each([{ env: '' }, { env: [] }, { env: 5 }, { evn: 'X' }])('refuses %j', (options) => {
  expect(() => tempDir(options as never)).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION' }),
  )
})
