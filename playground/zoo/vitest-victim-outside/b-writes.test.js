import { expect, test } from 'vitest'
import { settings } from './settings.js'

test('has settings', () => {
  expect(settings).toBeDefined()
})

test('changes the theme', () => {
  settings.theme = 'dark'
  expect(settings.theme).toBe('dark')
})
