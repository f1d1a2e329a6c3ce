import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.js'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/global-setup.js'],
    // There is one daemon for all: /tmp/printd.sock.
    maxWorkers: 1,
  },
})
