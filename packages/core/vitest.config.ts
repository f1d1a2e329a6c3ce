import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'core',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'test/**/*.test-d.ts'],
    // Tests of types are compiled, never run. They are named above for knip.
    exclude: [...configDefaults.exclude, '**/*.test-d.ts'],
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
