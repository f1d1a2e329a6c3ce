import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { directoryLease, laneDirectories, newLaneDirectory } from './lane-directory.ts'

test('only directories of its own making are removed by whoever cleans up', () => {
  const own = newLaneDirectory(resolve('/tmp'))
  const names = [
    own,
    '/',
    '/home/me',
    '/tmp/isolane-',
    '/tmp/isolane-zzzzzzzzzzzz',
    'isolane-0123456789ab',
  ]
  const leases = names.map((name) => ({ kind: directoryLease, name }))
  expect(laneDirectories([...leases, { kind: 'port', name: own }])).toEqual([own])
})
