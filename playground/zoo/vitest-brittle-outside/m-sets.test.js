import { expect, test } from 'vitest'
import { settings } from './settings.js'

test('sets the theme', () => {
  settings.theme = 'dark'
  expect(settings.theme).toBe('dark')
})
