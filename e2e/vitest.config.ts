import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/**/*.test.ts'],
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 600_000,
    hookTimeout: 60_000,
    // What a project does when it collides (fixed ports, sockets in /tmp) is seen by the whole machine.
    fileParallelism: false,
  },
})
