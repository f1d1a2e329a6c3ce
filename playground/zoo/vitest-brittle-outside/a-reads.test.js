import { expect, test } from 'vitest'
import { settings } from './settings.js'

test('reads the theme', () => {
  expect(settings.theme).toBe('dark')
})
