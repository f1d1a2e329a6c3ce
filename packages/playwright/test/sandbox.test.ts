import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { project } from './support/project.ts'

const config = (sandbox: string): string => `
  import { defineLanes, port } from '@isolane/core'
  import { isolated } from '@isolane/playwright'
  import { defineConfig } from '@playwright/test'
  import { use } from './use.ts'

  const config = defineConfig({ testDir: '.', workers: 2, use, timeout: 30_000 })
  export default isolated(defineLanes({ port: port() }), config, { sandbox: ${sandbox} })
`

/** Serves port 3000 and writes a file of the project, until a second one does the same. */
const collides = (name: string): string => `
  import { existsSync, readFileSync, writeFileSync } from 'node:fs'
  import { once } from 'node:events'
  import { createServer } from 'node:http'
  import { expect, test } from '@playwright/test'

  test('${name}', async ({ page }, testInfo) => {
    const server = createServer((_, response) => response.end('<title>${name}</title>')).listen(3000, '127.0.0.1')
    await once(server, 'listening')
    writeFileSync('state.json', '${name}')
    // The output directory is shared: there the two see each other.
    writeFileSync(testInfo.project.outputDir + '/${name}.here', '')
    for (const other of ['one', 'two']) {
      await expect.poll(() => existsSync(testInfo.project.outputDir + '/' + other + '.here'), { timeout: 20_000 }).toBe(true)
    }
    await page.goto('http://127.0.0.1:3000/')
    await expect(page).toHaveTitle('${name}')
    expect(readFileSync('state.json', 'utf8')).toBe('${name}')
    await testInfo.attach('note', { body: '${name}' })
    server.close()
    server.closeAllConnections()
  })
`

test('sandbox: true lets specs use one port and one file side by side, their browsers inside', async () => {
  const { run, dir, leftovers } = await project({
    'playwright.config.ts': config('true'),
    'one.spec.ts': collides('one'),
    'two.spec.ts': collides('two'),
  })
  const { attempts, exitCode, output } = await run()
  expect(exitCode, output).toBe(0)
  expect(attempts.map(({ status }) => status)).toEqual(['passed', 'passed'])
  expect(output).toContain('every worker runs in a sandbox with network, files and processes')
  expect(output).toMatch(/isolane: the sandbox kept apart .*state\.json \(2 workers\)/)
  expect(existsSync(join(dir, 'state.json'))).toBe(false)
  expect(await leftovers()).toEqual([])
})
