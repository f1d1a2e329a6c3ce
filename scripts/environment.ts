import { readFileSync } from 'node:fs'

const stamp = new URL('../node_modules/.isolane/browser.json', import.meta.url)

/**
 * The environment for a step that follows set-up: the present one, with `ISOLANE_BROWSER` naming the
 * browser that set-up found.
 */
export function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ISOLANE_BROWSER: readBrowser() }
}

function readBrowser(): string {
  const named = process.env['ISOLANE_BROWSER']
  if (named !== undefined && named !== '') return named
  const found = JSON.parse(readFileSync(stamp, 'utf8')) as { path: string }
  return found.path
}
