import { isolated } from '@isolane/playwright'
import { defineConfig } from '@playwright/test'
import { launchOptions } from '../browser.ts'
import { lanes } from '../lanes.ts'
import { openRelay } from './relay.ts'

// Workers inherit what the main process sets; the app servers and the seed read it.
if (process.env['TEST_WORKER_INDEX'] === undefined) {
  Object.assign(process.env, {
    PLAYGROUND_GAP_PROGRAM: '1',
    PLAYGROUND_GAP_COURSE: '1',
    PLAYGROUND_SKIP_VERIFY: '1',
    PLAYGROUND_DIALOG_STAYS_OPEN: '1',
    PLAYGROUND_COLD_FIGURES: '0.3',
    PLAYGROUND_MAIL_MS: '500',
  })
  openRelay()
}

export default isolated(
  lanes,
  defineConfig({
    testDir: '.',
    outputDir: '../.isolane/flaky',
    fullyParallel: true,
    workers: 2,
    timeout: 60_000,
    expect: { timeout: 15_000 },
    reporter: 'list',
    use: { launchOptions: launchOptions() },
  }),
)
