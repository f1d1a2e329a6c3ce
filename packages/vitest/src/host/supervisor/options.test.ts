import { expect, test } from 'vitest'
import { supervision } from './options.ts'

test('without options a crashed file runs again once, and a hang is 30 s', () => {
  expect(supervision({})).toEqual({
    requeue: 1,
    most: 10,
    failOnCrash: false,
    hang: { afterMs: 30_000, chosen: false },
  })
  expect(supervision({ crash: { requeue: 0 }, failOnCrash: true, hang: false })).toEqual({
    requeue: 0,
    most: 10,
    failOnCrash: true,
    hang: undefined,
  })
  expect(supervision({ hang: { after: 50 } }).hang).toEqual({ afterMs: 50, chosen: true })
})

test.each<[object, string]>([
  [
    { crash: { requeu: 1 } },
    'isolated.crash has no option "requeu". Allowed: requeue, most.\nHint: write "requeue" instead of "requeu".',
  ],
  [
    { crash: 1 },
    'isolated.crash takes an object of options, received a number.\nHint: allowed options are requeue, most.',
  ],
  [
    { crash: { requeue: -1 } },
    'isolated.crash.requeue must be a whole number from 0 up; received -1.\nHint: 1 runs a crashed file once more.',
  ],
  [
    { crash: { most: 1.5 } },
    'isolated.crash.most must be a whole number from 0 up; received 1.5.\nHint: leave it out for 10.',
  ],
  [
    { failOnCrash: 'yes' },
    'isolated.failOnCrash must be true or false; received "yes".\nHint: true makes a run with a crash red.',
  ],
  [
    { hang: { after: '30s' } },
    'isolated.hang.after must be milliseconds above 0, at most 2147483647; received "30s".\nHint: hang: false turns hang detection off.',
  ],
  [
    { hang: { after: 0 } },
    'isolated.hang.after must be milliseconds above 0, at most 2147483647; received 0.\nHint: hang: false turns hang detection off.',
  ],
  [
    { hang: true },
    'isolated.hang takes an object of options, received a boolean.\nHint: allowed options are after.',
  ],
])('%j is refused', (options, message) => {
  expect(() => supervision(options)).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION', message }),
  )
})
