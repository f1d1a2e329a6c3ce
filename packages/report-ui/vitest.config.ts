import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'report-ui',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
