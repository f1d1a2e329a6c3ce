import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The browser that setup found, or one of the machine's; undefined when there is none. */
export function browserPath(): string | undefined {
  const named = process.env['ISOLANE_BROWSER']
  if (named !== undefined && named !== '') return named
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((dir) =>
      ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(dir, name)),
    )
    .find((path) => existsSync(path))
}
