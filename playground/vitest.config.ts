import { isolated } from '@isolane/vitest'
import { defineConfig } from 'vitest/config'
import { unitLanes } from './lanes.ts'

export default defineConfig({
  plugins: [isolated(unitLanes)],
  test: {
    name: 'playground',
    pool: 'isolated',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/claims.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
