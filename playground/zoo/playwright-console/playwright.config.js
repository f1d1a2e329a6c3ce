import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

const own = process.env.ISOLANE_BROWSER ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: '.',
  reporter: 'line',
  fullyParallel: false,
  use: {
    launchOptions: {
      ...(existsSync(own) ? { executablePath: own } : {}),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    },
  },
})
