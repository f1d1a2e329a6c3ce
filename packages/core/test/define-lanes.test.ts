import { accounts, defineLanes, port, tempDir } from '@isolane/core'
import type { Resource, Role } from '@isolane/core'
import { expect, test } from 'vitest'
import { folder } from './support/folder.ts'
import { startHost } from './support/start-host.ts'

test.each<[string, Record<string, unknown>]>([
  ['a name the lane uses itself', { slot: port() }],
  ['a name that is no directory', { '../up': port() }],
  ['a number, which would not keep its place', { 1: port() }],
  ['what is no resource', { port: 3000 }],
  ['a factory that was not called', { port }],
])('refuses %s', (_, resources) => {
  expect(() => defineLanes(resources as Record<string, Resource>)).toThrowErrorMatchingSnapshot()
})

test('is not changed by who hands it over', () => {
  const given = { port: port() }
  const lanes = defineLanes(given)
  Object.assign(given, { tmp: tempDir() })
  expect(Object.keys(lanes.resources)).toEqual(['port'])
  expect(Object.isFrozen(lanes.resources)).toBe(true)
})

test('a resource sees the handles and variables of those above it, and no others', async () => {
  const seen: Record<string, unknown> = {}
  const reader: Resource<null, null> = {
    kind: 'reader',
    prepare: async () => null,
    provision: async ({ above, env, lane }) => {
      Object.assign(seen, { names: Object.keys(above), folder: above['folder'], env, lane })
      // What `create` of a role may do with what it is given.
      expect(await Promise.resolve(above)).toBe(above)
      expect('folder' in above && !('later' in above)).toBe(true)
      expect(() => above['later']).toThrow(
        '"reader" reads "later", which defineLanes() does not declare above it (above: port, folder).',
      )
      return { data: null }
    },
    open: () => null,
    reset: async () => ({ ok: true }),
    dispose: async () => {},
  }
  const lanes = defineLanes({ port: port(), folder: folder(), reader, later: folder() })
  const { host } = await startHost(lanes, { spares: 0 })
  const { file } = await host.acquire({ slot: 1 })
  expect(seen).toMatchObject({
    names: ['port', 'folder'],
    folder: { path: `${file.dir}/folder` },
    env: { PORT: file.env['PORT'], ISOLANE_LANE: file.id },
    lane: { id: file.id, number: 1, run: host.run, dir: file.dir },
  })
})

test('handles that were opened while a lane was made are closed, whatever one of them does', async () => {
  const closed: string[] = []
  const opened = (name: string): Resource<string, null> => ({
    kind: 'opened',
    prepare: async () => null,
    provision: async () => ({ data: null }),
    open: (_, { onClose }) => {
      onClose(() => {
        closed.push(name)
        if (name === 'second') throw new Error('second does not close')
      })
      return name
    },
    reset: async () => ({ ok: true }),
    dispose: async () => {},
  })
  const role: Role = { create: ({ first, second }) => ({ first, second }) }
  const lanes = defineLanes({
    first: opened('first'),
    second: opened('second'),
    accounts: accounts({ roles: { admin: role } }),
  })
  await expect(startHost(lanes, { spares: 0 })).rejects.toThrow('second does not close')
  expect(closed).toEqual(['second', 'first'])
})
