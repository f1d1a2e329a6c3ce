/**
 * Setup file for `isolate: false`, where one worker runs many files: the lane goes back to its base before every
 * file but the first, and those that go on in the group of the file before. Vitest may hand all files over in one
 * message, so only the worker knows where one ends.
 */
import { hasOpenTransaction, laneVariables } from '@isolane/core/child'
import { afterEach, expect, inject } from 'vitest'
import { groupsKey } from '../shared/groups.ts'
import { freshFileKey } from '../shared/reset-options.ts'
import { host } from './host.ts'
import { canRenew, renewAfter } from './renew.ts'

interface Used {
  readonly group: string | undefined
  /** Who used the lane: the file, and the test that left a transaction open where one is known to. */
  culprit: string
}

const lane = process.env[laneVariables.lane]
const state = globalThis as { [key: symbol]: Used | undefined }
const used = Symbol.for('isolane.vitest.lane-used')

if (lane !== undefined) {
  const { testPath = '' } = expect.getState()
  const group = inject(groupsKey)?.[testPath]
  const last = state[used]
  if (last !== undefined && (group === undefined || group !== last.group)) {
    try {
      await (
        await host()
      ).request({
        type: 'reset',
        lane,
        test: last.culprit,
        fresh: inject(freshFileKey),
      })
    } catch (error) {
      if (!canRenew()) throw error
      await renewAfter(error, { culprit: last.culprit, file: testPath, testIds: undefined })
    }
  }
  const now: Used = { group, culprit: '' }
  state[used] = now
  afterEach(({ task }) => {
    if (now.culprit === '') now.culprit = task.file.name
    if (now.culprit === task.file.name && hasOpenTransaction()) {
      now.culprit = `"${task.fullTestName}" (${task.file.name})`
    }
  })
}
