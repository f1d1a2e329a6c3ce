import { describe, expect, test } from 'vitest'
import { browserPath } from './support/browser.ts'
import { project, versions } from './support/project.ts'
import { haveSandboxes } from './support/sandboxes.ts'

const browser = browserPath()
const without = 'there is no Chromium in PATH, and ISOLANE_BROWSER names none'
// Reporters keep the reason of a skip to themselves.
if (browser === undefined) console.warn(`browser mode is not tested: ${without}`)
const modes = versions.flatMap((version) =>
  (haveSandboxes ? ['0', '1'] : ['0']).map((sandbox) => ({ version, sandbox })),
)

describe('browser mode', () => {
  test.for(modes)(
    'runs beside lanes, and has none: Vitest $version, sandbox $sandbox',
    async ({ version, sandbox }, { skip }) => {
      skip(browser === undefined, without)
      const it = await project(
        {
          'vitest.config.ts': `
      import { isolated } from '@isolane/vitest'
      import { playwright } from '@vitest/browser-playwright'
      import { defineConfig } from 'vitest/config'
      import { lanes } from './lanes.ts'
      const provider = playwright({ launchOptions: { executablePath: ${JSON.stringify(browser)}, args: ['--no-sandbox'] } })
      export default defineConfig({
        plugins: [isolated(lanes)],
        test: {
          pool: 'isolated',
          projects: [
            { extends: true, test: { name: 'node', include: ['node.test.ts'] } },
            { extends: true, test: { name: 'page', include: ['page.test.ts'], browser: { enabled: true, headless: true, provider, instances: [{ browser: 'chromium' }] } } },
          ],
        },
      })
    `,
          'node.test.ts': `
      import { expect, test } from 'vitest'
      import { lanes } from './lanes.ts'
      test('on a lane', () => { expect(lanes.current().port.number).toBeGreaterThan(0) })
    `,
          'page.test.ts': `
      import { expect, test } from 'vitest'
      test('in a page', () => { expect(document.querySelector('body')).not.toBeNull() })
    `,
        },
        { ISOLANE_SANDBOX: sandbox },
        [],
        version,
      )
      const { exitCode, passed, output } = await it.run()
      expect({ exitCode, passed }, output).toEqual({ exitCode: 0, passed: 2 })
      expect(output).toContain(
        'isolane: project "page (chromium)" runs in a browser, where there are no lanes.',
      )
      expect(output.includes('isolane: every worker runs in a sandbox')).toBe(sandbox === '1')
      expect(await it.leftovers()).toEqual([])
    },
  )
})
