/**
 * Setup file for `isolate: false`, where one worker runs many files: the lane goes back to its base before every
 * file but the first, and those that go on in the group of the file before. Vitest may hand all files over in one
 * message, so only the worker knows where one ends.
 */
import { laneVariables } from '@isolane/core/child'
import { expect, inject } from 'vitest'
import { groupsKey } from '../shared/groups.ts'
import { host } from './host.ts'

interface Used {
  readonly group: string | undefined
}

const lane = process.env[laneVariables.lane]
const state = globalThis as { [key: symbol]: Used | undefined }
const used = Symbol.for('isolane.vitest.lane-used')

if (lane !== undefined) {
  const { testPath = '' } = expect.getState()
  const group = inject(groupsKey)?.[testPath]
  const last = state[used]
  if (last !== undefined && (group === undefined || group !== last.group)) {
    await (await host()).request({ type: 'reset', lane, test: undefined })
  }
  state[used] = { group }
}
