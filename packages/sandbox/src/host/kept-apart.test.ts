import { expect, test } from 'vitest'
import type { WrittenFile } from './footprint.ts'
import { keptApart, keptApartLine, partsLine } from './kept-apart.ts'
import type { WorkerFootprint } from './kept-apart.ts'

const file = (path: string, kind: WrittenFile['kind'] = 'file'): WrittenFile => ({
  path,
  change: 'added',
  kind,
})

function worker(
  name: string,
  { written = [], kept = [], ports = [], sockets = [] }: Partial<WorkerFootprint['footprint']>,
  own: readonly string[] = [],
): WorkerFootprint {
  return { name, footprint: { written, kept, ports, sockets }, own }
}

test('what two workers used is kept apart; what one used is not', () => {
  const things = keptApart('/project', [
    worker('a', { ports: [3000, 4001], written: [file('/project/test.db'), file('/tmp/a-only')] }),
    worker('b', { ports: [3000], written: [file('/project/test.db'), file('/tmp/lock')] }),
    worker('c', { ports: [4001], written: [file('/project/test.db'), file('/tmp/lock')] }),
  ])
  expect(things).toEqual([
    { kind: 'port', name: '3000', workers: 2, by: ['a', 'b'] },
    { kind: 'port', name: '4001', workers: 2, by: ['a', 'c'] },
    { kind: 'file', name: 'test.db', workers: 3, by: ['a', 'b', 'c'] },
    { kind: 'file', name: '/tmp/lock', workers: 2, by: ['b', 'c'] },
  ])
  expect(keptApartLine(things)).toBe(
    'the sandbox kept apart port 3000 (2 workers), port 4001 (2 workers), test.db (3 workers) and /tmp/lock (2 workers).',
  )
})

test('a socket is one thing, whether its listener or its file was seen', () => {
  expect(
    keptApart('/project', [
      worker('a', { sockets: ['/tmp/s'], written: [file('/tmp/s', 'socket')] }),
      worker('b', { written: [file('/tmp/s', 'socket')] }),
    ]),
  ).toEqual([{ kind: 'socket', name: '/tmp/s', workers: 2, by: ['a', 'b'] }])
})

test('kept files, caches, and what SQLite keeps beside a database are no reason', () => {
  const written = [
    file('/project/__snapshots__/a.snap'),
    file('/project/node_modules/.vite/deps/_metadata.json'),
    file('/project/packages/app/node_modules/.cache/x'),
    file('/tmp/node-compile-cache/v24/x'),
    file('/tmp/home/.cache/dconf/user'),
    file('/tmp/home/.config/chromium/Crash Reports/settings.dat'),
    file('/project/test.db'),
    file('/project/test.db-wal'),
    file('/project/test.db-shm'),
    file('/project/alone-wal'),
  ]
  const kept = written.slice(0, 1)
  const both = ['a', 'b'].map((name) => worker(name, { written, kept }))
  expect(keptApart('/project', both).map(({ name }) => name)).toEqual(['alone-wal', 'test.db'])
})

test("what belongs to a worker's lane is no reason: the next worker on the lane has it too", () => {
  const uses = { ports: [20_011, 3000], written: [file('/tmp/isolane-1/x'), file('/tmp/y')] }
  const own = ['20011', '/tmp/isolane-1']
  expect(
    keptApart(
      '/project',
      ['a', 'b'].map((name) => worker(name, uses, own)),
    ),
  ).toMatchObject([{ name: '3000' }, { name: '/tmp/y' }])
})

test('a file that runs again, in watch mode or after a crash, does not meet itself', () => {
  const again = [1, 2].map(() => worker('a', { ports: [3000, 4000] }))
  expect(keptApart('/project', [...again, worker('b', { ports: [4000] })])).toEqual([
    { kind: 'port', name: '4000', workers: 2, by: ['a', 'b'] },
  ])
})

test('the line stays short, and names cannot steer the terminal', () => {
  const written = Array.from({ length: 8 }, (_, index) => file(`/project/f${index}\u001B[31m\n`))
  const both = ['a', 'b'].map((name) => worker(name, { written }))
  expect(keptApartLine(keptApart('/project', both))).toBe(
    'the sandbox kept apart f0  (2 workers), f1  (2 workers), f2  (2 workers), f3  (2 workers), f4  (2 workers) and 3 more.',
  )
  expect(keptApartLine([])).toBe(
    'the sandbox kept nothing apart: no two workers used the same port, socket or file.',
  )
  expect(partsLine(['network', 'files'])).toBe(
    'every worker runs in a sandbox with network and files of its own.',
  )
})
