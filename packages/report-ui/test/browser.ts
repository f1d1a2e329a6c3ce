import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { html } from '@isolane/flake'
import type { FlakeReport, PageData } from '@isolane/flake'
import { chromium } from '@playwright/test'
import type { Browser, Page } from '@playwright/test'

const stamp = new URL('../../../node_modules/.isolane/browser.json', import.meta.url)

/** The browser that set-up found. */
export async function launch(): Promise<Browser> {
  const named = process.env['ISOLANE_BROWSER'] ?? ''
  const executablePath =
    named === '' ? (JSON.parse(readFileSync(stamp, 'utf8')) as { path: string }).path : named
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return await chromium.launch({ executablePath, args })
}

/** A page from disk, and everything that the browser complained about. */
export interface OpenPage extends AsyncDisposable {
  readonly page: Page
  readonly complaints: readonly string[]
  /** Requests beyond the file itself. */
  readonly requests: readonly string[]
  /** Goes to another of its pages. */
  go(route: string): Promise<void>
}

/** Writes the page for a report into a file of its own and opens it from there. */
export async function open(
  browser: Browser,
  report: FlakeReport | PageData,
  options: { route?: string; colorScheme?: 'light' | 'dark'; width?: number } = {},
): Promise<OpenPage> {
  const { route = '', colorScheme = 'light', width = 1360 } = options
  const directory = await mkdtemp(join(tmpdir(), 'isolane-page-'))
  const file = join(directory, 'report.html')
  await writeFile(file, html('kind' in report ? report : { kind: 'report', report }))
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } })
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => requests.push(request.url()))
  const url = pathToFileURL(file).href
  await page.goto(`${url}#/${route}`)
  await page.locator('main').waitFor()
  return {
    page,
    complaints,
    get requests() {
      return requests.filter((one) => !one.startsWith(url))
    },
    async go(to) {
      await page.evaluate((hash) => {
        location.hash = hash
      }, `#/${to}`)
      await page.locator(`nav a[href="#/${to.split('/')[0]}"][aria-current]`).waitFor()
    },
    async [Symbol.asyncDispose]() {
      await page.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
