import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.js'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // All files count in the same file of @acme/counters.
    fileParallelism: false,
  },
})
