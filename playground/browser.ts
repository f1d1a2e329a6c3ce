import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { LaunchOptions } from '@playwright/test'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** How to start the browser: `ISOLANE_BROWSER`, else Chromium or Chrome on the PATH, else Playwright's own. */
export function launchOptions(): LaunchOptions {
  const executablePath =
    process.env['ISOLANE_BROWSER'] || ['/usr/bin/chromium', ...onPath()].find(runs)
  return {
    ...(executablePath === undefined ? {} : { executablePath }),
    // Chromium's own sandbox refuses to start as root.
    args: [
      '--disable-background-networking',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  }
}

function onPath(): string[] {
  const directories = (process.env['PATH'] ?? '').split(delimiter)
  return directories.flatMap((directory) => names.map((name) => join(directory, name)))
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
