import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { IsolaneError } from '@isolane/core'

export const add = ({ a, b }) => a + b
export const thread = async () => {
  await delay(20)
  return threadId
}
/** Waits until another has begun too. */
export const threadBesideAnother = (begun) => {
  const count = new Int32Array(begun)
  Atomics.add(count, 0, 1)
  Atomics.notify(count, 0)
  while (Atomics.load(count, 0) < 2) if (Atomics.wait(count, 0, 1, 30_000) === 'timed-out') break
  return threadId
}
export const failPlainly = () => {
  throw Object.assign(new TypeError('no such thing'), { code: 'E_THING', details: { at: 3 } })
}
export const failOurs = () => {
  throw new IsolaneError('ISOLANE_CLONE', {
    message: 'The copy is wrong.',
    hint: 'build it again.',
    details: { path: '/a' },
    cause: new RangeError('underneath', { cause: 'text' }),
  })
}
export const failOddly = () => {
  throw Object.assign(new Error('odd'), { details: () => {} })
}
export const throwText = () => {
  throw 'only text'
}
export const notCloneable = () => () => {}
export const spin = () => {
  for (;;) {
    // for ever
  }
}
export const never = () => new Promise(() => {})
export const end = () => process.exit(3)
export const notAFunction = 1
