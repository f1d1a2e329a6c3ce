import { defineConfig } from 'rolldown'

/**
 * What a worker process runs before Vitest's own code, as one file: to load a module costs each worker half a
 * millisecond, and the guard alone consists of twenty.
 */
export default ['entry', 'guarded-entry'].map((name) =>
  defineConfig({
    input: `src/child/${name}.ts`,
    platform: 'node',
    // Loads better-sqlite3 from the package that depends on it.
    external: '@isolane/core/driver',
    output: { dir: 'dist/worker', chunkFileNames: '[name].js', sourcemap: true },
  }),
)
