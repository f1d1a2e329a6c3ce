import { expect, test } from 'vitest'
import { settings } from './settings.js'

test('reads the default', () => {
  expect(settings.theme).toBe('light')
})
