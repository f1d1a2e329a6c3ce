import { defineLanes, port } from '@isolane/core'
import { defineConfig } from '@playwright/test'
import { expect, test } from 'vitest'
import { isolated } from './config.ts'

const lanes = defineLanes({ port: port() })

test('puts its global setup before those of the config, and changes nothing else', () => {
  const config = defineConfig({ testDir: 'e2e', globalSetup: './theirs.ts', workers: 3 })
  const { globalSetup, ...others } = isolated(lanes, config)
  expect(globalSetup).toEqual([expect.stringMatching(/host.global-setup\.js$/), './theirs.ts'])
  expect({ ...others, globalSetup: './theirs.ts' }).toEqual(config)
  expect(Object.getOwnPropertySymbols(others)).toEqual(Object.getOwnPropertySymbols(config))
})

test('names a wrong option', () => {
  expect(() => isolated(lanes, {}, { spare: 2 } as object)).toThrow(
    'isolated has no option "spare". Allowed: spares, sandbox.\nHint: write "spares" instead of "spare".',
  )
  expect(() => isolated(lanes, {}, { spares: -1 })).toThrow(
    'isolated.spares must be a whole number from 0 up; received -1.',
  )
})
