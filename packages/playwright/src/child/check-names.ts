import { IsolaneError } from '@isolane/core'

const ours = new Set(['lane', 'as', 'allowConsole'])
const playwrights = new Set([
  'playwright',
  'browser',
  'browserName',
  'context',
  'page',
  'request',
  'baseURL',
  'channel',
  'headless',
  'launchOptions',
  'contextOptions',
  'screenshot',
  'storageState',
  'trace',
  'video',
  'viewport',
])

/** Refuses resources whose fixture would replace one of Playwright's or of ours. */
export function checkNames(names: readonly string[]): void {
  for (const name of names) {
    if (!ours.has(name) && !playwrights.has(name)) continue
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `laneTest: the resource "${name}" cannot become a fixture: ${ours.has(name) ? 'laneTest' : 'Playwright'} has one of that name.`,
      hint: `give it another name in defineLanes(), for example ${name === 'page' ? '"site"' : `"${name}s"`}.`,
      details: { path: 'laneTest', resource: name },
    })
  }
}
