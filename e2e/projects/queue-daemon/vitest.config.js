import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.js'],
    globalSetup: ['test/global-setup.js'],
    // There is one daemon for all: /tmp/printd.sock.
    maxWorkers: 1,
  },
})
