import { expect, test } from 'vitest'

const locale = () => process.env.APP_LOCALE ?? 'en'

test('has two letters', () => {
  expect(locale()).toHaveLength(2)
})

test('sets German', () => {
  process.env.APP_LOCALE = 'de'
  expect(locale()).toBe('de')
})

test('is a string', () => {
  expect(typeof locale()).toBe('string')
})

test('uses the default', () => {
  expect(locale()).toBe('en')
})
