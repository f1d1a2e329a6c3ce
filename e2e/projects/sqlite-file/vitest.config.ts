import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // All files use ./test.db.
    maxWorkers: 1,
  },
})
