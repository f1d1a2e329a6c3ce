/**
 * Setup file for `isolate: false`, where one worker runs many files: the lane goes back to its base before every
 * file but the first. Vitest may hand all files over in one message, so only the worker knows where one ends.
 */
import { laneVariables } from '@isolane/core/child'
import { host } from './host.ts'

const lane = process.env[laneVariables.lane]
const state = globalThis as { [key: symbol]: boolean | undefined }
const used = Symbol.for('isolane.vitest.lane-used')

if (lane !== undefined) {
  if (state[used] === true) {
    await (await host()).request({ type: 'reset', lane, test: undefined })
  }
  state[used] = true
}
