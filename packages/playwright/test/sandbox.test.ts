import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { project } from './support/project.ts'

const config = (sandbox: string): string => `
  import { defineLanes, port } from '@isolane/core'
  import { isolated } from '@isolane/playwright'
  import { defineConfig } from '@playwright/test'
  import { use } from './use.ts'

  const config = defineConfig({ testDir: '.', workers: 2, use, timeout: 100_000, expect: { timeout: 30_000 } })
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
      await expect.poll(() => existsSync(testInfo.project.outputDir + '/' + other + '.here'), { timeout: 90_000 }).toBe(true)
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
  const { run, dir, gone } = await project({
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
  expect(await gone()).toEqual([])
})

test('a worker in a sandbox has its lane: database, server and account, reset between files, new after a failed test', async () => {
  const note = (name: string): string => `
    import { existsSync, writeFileSync } from 'node:fs'
    import { expect, test } from './test.ts'

    test('${name}', async ({ as, accounts, database, request }, { project }) => {
      await request.post('/notes', { form: { text: '${name}' } })
      expect(database.open().prepare('select text from notes').pluck().all()).toEqual(['${name}'])
      const admin = await as('admin')
      await admin.goto('/')
      await expect(admin.locator('h1')).toHaveText(accounts.admin.email)
      await expect(admin.locator('p')).toHaveText('${name}')
      // Both hold a lane at the same time.
      writeFileSync(project.outputDir + '/${name}.here', '')
      for (const other of ['one', 'two']) {
        await expect.poll(() => existsSync(project.outputDir + '/' + other + '.here'), { timeout: 90_000 }).toBe(true)
      }
    })
    test('${name} fails', () => {
      throw new Error('on purpose')
    })
    test('${name} goes on', async ({ request }) => {
      expect(await (await request.get('/')).text()).toContain('<p></p>')
    })
  `
  const { run, gone } = await project(
    { 'one.spec.ts': note('one'), 'two.spec.ts': note('two') },
    { ISOLANE_SANDBOX: '1' },
  )
  const { attempts, exitCode, output } = await run()
  expect(output).toContain('every worker runs in a sandbox with network, files and processes')
  expect(
    attempts.map(({ status }) => status),
    output,
  ).toEqual(['passed', 'failed', 'passed', 'passed', 'failed', 'passed'])
  expect(exitCode).toBe(1)
  expect(await gone()).toEqual([])
})

test('a test that needs the outside says which option lets it through, a failed run what stayed inside', async () => {
  const server = createServer((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { run } = await project({
    'playwright.config.ts': config('true'),
    'one.spec.ts': `
      import { mkdirSync, writeFileSync } from 'node:fs'
      import { test } from '@playwright/test'
      test('asks', async () => {
        mkdirSync('exchange')
        writeFileSync('exchange/question.json', '{}')
        test.setTimeout(300)
        await new Promise(() => {})
      })
      test('opens', async ({ page }) => { await page.goto('http://127.0.0.1:${port}/') })
    `,
  })
  const { attempts, output } = await run()
  expect(attempts.map(({ status }) => status)).toEqual(['timedOut', 'failed'])
  expect(
    attempts.map(({ error }) => error?.split('\n').find((line) => /isolane/.test(line))),
  ).toEqual([
    'isolane sandbox: exchange/question.json is seen by this worker alone; if somebody outside waits for it, --writable exchange/ (sandbox.files.writable) shares it',
    `isolane sandbox: 127.0.0.1:${port} is a service of this machine; --forward 127.0.0.1:${port} (sandbox.network.forward) lets it through`,
  ])
  expect(output).toContain('isolane: stayed inside: exchange/question.json. Hint: ')
})
