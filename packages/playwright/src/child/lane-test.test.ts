import { defineLanes, tempDir } from '@isolane/core'
import { expect, test } from 'vitest'
import { checkNames } from './check-names.ts'
import { laneTest } from './lane-test.ts'

const lanes = defineLanes({ tmp: tempDir() })

test('names a wrong option', () => {
  expect(() => laneTest(lanes, { signin: async () => {} } as object)).toThrow(
    'laneTest has no option "signin". Allowed: signIn, signedIn, reset, base.\nHint: write "signIn" instead of "signin".',
  )
  expect(() => laneTest(lanes, { reset: 'suite' as 'file' })).toThrow(
    `laneTest.reset must be 'test', 'file' or 'never'; received "suite".`,
  )
})

test('refuses a resource whose fixture would replace a built-in one', () => {
  expect(() => checkNames(['database', 'page'])).toThrow(
    'laneTest: the resource "page" cannot become a fixture: Playwright has one of that name.\nHint: give it another name in defineLanes(), for example "site".',
  )
  expect(() => checkNames(['as'])).toThrow('laneTest has one of that name')
})
