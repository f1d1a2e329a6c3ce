import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.js'],
    // All files count in the same file of @acme/counters.
    fileParallelism: false,
  },
})
