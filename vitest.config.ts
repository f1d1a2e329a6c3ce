import { defineConfig } from 'vitest/config'
import projects from './vitest.workspace.ts'

export default defineConfig({
  test: {
    projects,
    // Most tests start real processes, and many of them start more.
    maxWorkers: 2,
  },
})
