import { expect, test } from 'vitest'
import { guardSettings } from './guard.ts'
import type { GuardOptions } from './guard.ts'

test('the guard is off, or as it is told', () => {
  expect(guardSettings()).toEqual({ level: 'off', allow: [] })
  expect(guardSettings('error')).toEqual({ level: 'error', allow: [] })
  expect(guardSettings({ level: 'warn', allow: ['out/**', 5432] })).toEqual({
    level: 'warn',
    allow: ['out/**', 5432],
  })
})

test('a wrong option names its path', () => {
  const said = (guard: unknown): string => {
    try {
      guardSettings(guard as GuardOptions)
      return ''
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  expect(said('warning')).toBe(
    "isolated.guard must be 'off', 'warn' or 'error'; received \"warning\".\nHint: use 'warn' to see what tests do outside their lane, 'error' to have them fail for it.",
  )
  expect(said({ level: true })).toBe(
    "isolated.guard.level must be 'off', 'warn' or 'error'; received true.\nHint: use 'warn' to see what tests do outside their lane, 'error' to have them fail for it.",
  )
  expect(said({ level: 'warn', allows: [] })).toBe(
    'isolated.guard has no option "allows". Allowed: level, allow.\nHint: write "allow" instead of "allows".',
  )
  const allow = "Hint: for example guard: { level: 'warn', allow: ['out/**', 5432] }."
  expect(said({ level: 'warn', allow: ['out/**', -1] })).toBe(
    `isolated.guard.allow takes globs of paths and numbers of ports; received -1.\n${allow}`,
  )
  expect(said({ level: 'warn', allow: 'out/**' })).toBe(
    `isolated.guard.allow takes globs of paths and numbers of ports; received "out/**".\n${allow}`,
  )
  expect(said(true)).toBe(
    'isolated.guard takes an object of options, received a boolean.\nHint: allowed options are level, allow.',
  )
})
