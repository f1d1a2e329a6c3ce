import { defineConfig } from '@playwright/test'

const { CHROME_BIN } = process.env

export default defineConfig({
  testDir: 'specs',
  // There is one server with one database, and every spec begins by resetting it.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    baseURL: 'http://localhost:4173',
    launchOptions: CHROME_BIN === undefined ? {} : { executablePath: CHROME_BIN },
  },
  webServer: {
    command: 'node src/server.ts',
    url: 'http://localhost:4173/health',
    timeout: 120_000,
  },
})
