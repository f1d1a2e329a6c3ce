import { isolated } from '@isolane/playwright'
import { defineConfig } from '@playwright/test'
import { launchOptions } from './browser.ts'
import { lanes } from './lanes.ts'

export default isolated(
  lanes,
  defineConfig({
    testDir: 'e2e',
    outputDir: '.isolane/e2e',
    workers: 2,
    timeout: 90_000,
    expect: { timeout: 20_000 },
    reporter: 'list',
    use: { launchOptions: launchOptions() },
  }),
)
