import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { config, playwrightProject } from './support/playwright-project.ts'

const names = ['one', 'two', 'three', 'four']

/** Writes a row, waits until all others have written theirs, and expects to find its own alone. */
const row = (name: string, asks = ''): string => `
  import { existsSync, writeFileSync } from 'node:fs'
  import { join } from 'node:path'
  import { expect, test } from '@playwright/test'

  test('${name}', async ({ ${asks} request }, { project }) => {
    await request.post('/', { data: '${name}' })
    // The one directory of the project that all workers share.
    const here = (name) => join(project.outputDir, name + '.here')
    writeFileSync(here('${name}'), '')
    const all = ${JSON.stringify(names)}
    await expect.poll(() => all.every((name) => existsSync(here(name))), { timeout: 40_000 }).toBe(true)
    expect(await (await request.get('/')).text()).toBe('<title>${name}</title>')
    ${asks === '' ? '' : `expect(await page.goto('/').then(() => page.title())).toBe('${name}')`}
  })
`
const webServer = `webServer: { command: 'node server.js', url: 'http://127.0.0.1:3123', stdout: 'pipe' },`

test('gives every worker a web server and a database of its own, in a project that its author runs serially', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(`workers: 1, ${webServer}`),
    ...Object.fromEntries(names.map((name) => [`specs/${name}.spec.ts`, row(name)])),
    'specs/one.spec.ts': row('one', 'page,'),
    'specs/two.spec.ts': row('two', 'page,'),
  })
  const files = await it.files()
  const outside = await it.outside('--workers=4')
  expect(outside.exitCode).toBe(1)
  expect(outside.stdout).toMatch(/4 failed/)
  await it.remove('app.db', 'test-results')
  const inside = await it.inside(['--workers', '4'], '--reporter=list')
  expect(inside.exitCode, inside.stdout + inside.stderr).toBe(0)
  expect(inside.stdout).toMatch(/4 passed/)
  expect(inside.stdout.match(/\[WebServer\] serving/g)).toHaveLength(4)
  expect(inside.said.slice(0, 2)).toEqual([
    'every worker runs in a sandbox with network, files and processes of its own; project: <project>',
    "4 workers at a time instead of 1 (Playwright's own number).",
  ])
  const { keptApart } = await it.report()
  expect(keptApart.map(({ kind, name, workers }) => [kind, name, workers])).toEqual([
    ['port', '3123', 4],
    ['file', 'app.db', 4],
  ])
  expect((await it.files()).filter((name) => !name.startsWith('test-results/'))).toEqual(files)
  expect(await it.gone()).toEqual([])
})

test('gives the worker after a failed test a new server; what tests leave for people is where it is outside', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(
      `${webServer} snapshotPathTemplate: '{testDir}/images/{arg}{ext}', reporter: [['list'], ['html'], ['json', { outputFile: 'report.json' }]],`,
    ),
    'specs/restart.spec.ts': `
      import { expect, test } from '@playwright/test'

      test.use({ trace: 'on', screenshot: 'on', video: 'off' })
      test('leaves a row behind', async ({ page, request }, info) => {
        await request.post('/', { data: 'left behind' })
        await page.goto('/')
        await info.attach('note', { body: 'by ' + info.title })
        await expect(page).toHaveScreenshot('home.png')
        throw new Error('on purpose')
      })
      test('finds none', async ({ request }) => {
        expect(await (await request.get('/')).text()).toBe('<title></title>')
      })
    `,
  })
  const { exitCode, stdout } = await it.inside([], '--update-snapshots')
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/1 failed[^]*1 passed/)
  const files = await it.files()
  expect(files).toContain('specs/images/home.png')
  expect(files.filter((name) => name.startsWith('playwright-report/data/'))).toHaveLength(4)
  const attached = /"path": "(.*)"/g
  const paths = [...(await it.read('report.json')).matchAll(attached)].map(([, path]) => path ?? '')
  expect(paths.map((path) => path.replace(/.*\//, ''))).toEqual(
    expect.arrayContaining(['trace.zip', 'test-failed-1.png']),
  )
  for (const path of paths) expect(readFileSync(path).length).toBeGreaterThan(0)
})

test('carries what a setup project makes over to the projects that depend on it', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(`
      ${webServer}
      projects: [
        { name: 'setup', testMatch: 'auth.setup.ts' },
        { name: 'app', dependencies: ['setup'] },
      ],
    `),
    'specs/auth.setup.ts': `
      import { writeFileSync } from 'node:fs'
      import { test } from '@playwright/test'

      test('signs in', async ({ request }) => {
        await request.post('/', { data: 'session 1' })
        writeFileSync('auth.json', '{ "session": 1 }')
      })
    `,
    ...Object.fromEntries(
      ['a', 'b'].map((name) => [
        `specs/${name}.spec.ts`,
        `
          import { readFileSync } from 'node:fs'
          import { expect, test } from '@playwright/test'

          test('is signed in', async ({ request }) => {
            const { session } = JSON.parse(readFileSync('auth.json', 'utf8'))
            expect(await (await request.get('/')).text()).toBe('<title>session ' + session + '</title>')
            await request.post('/', { data: 'own' })
          })
        `,
      ]),
    ),
  })
  const { exitCode, stdout } = await it.inside(['--workers', '2'])
  expect(exitCode, stdout).toBe(0)
  expect(stdout).toMatch(/3 passed/)
  expect(await it.gone()).toEqual([])
})

test('--list and other commands start nothing', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(`workers: 1, ${webServer}`),
    'specs/one.spec.ts': row('one'),
  })
  const { exitCode, stdout, said } = await it.inside([], '--list')
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/Total: 1 test in 1 file/)
  expect(said).toEqual([
    'every worker runs in a sandbox with network, files and processes of its own; project: <project>',
    'nothing of this command ran in a sandbox: Playwright started no worker.',
  ])
})

test('workers of a project on lanes have their lanes, and a web server of their own', async () => {
  const it = await playwrightProject({
    'package.json': '{ "type": "module" }',
    'lanes.ts': `
      import { defineLanes, port, server, tempDir } from '@isolane/core'

      export const lanes = defineLanes({
        temp: tempDir(),
        port: port(),
        app: server({ command: 'node lane-server.js', ready: '/' }),
      })
    `,
    'lane-server.js': `
      import { writeFileSync } from 'node:fs'
      import { createServer } from 'node:http'

      createServer((_, response) => {
        writeFileSync(process.env.TMPDIR + '/asked', '')
        response.end('on ' + process.env.PORT)
      }).listen(Number(process.env.PORT), '127.0.0.1')
    `,
    'playwright.config.ts': `
      import { isolated } from '@isolane/playwright'
      import { lanes } from './lanes.ts'
      import config from './plain.config.ts'

      export default isolated(lanes, config)
    `,
    'plain.config.ts': config(webServer),
    ...Object.fromEntries(
      ['a', 'b'].map((name) => [
        `specs/${name}.spec.ts`,
        `
          import { existsSync, writeFileSync } from 'node:fs'
          import { laneTest } from '@isolane/playwright'
          import { expect } from '@playwright/test'
          import { lanes } from '../lanes.ts'

          laneTest(lanes)('${name}', async ({ app, port, request, temp }, { project }) => {
            expect(await (await request.get(app.url)).text()).toBe('on ' + port.number)
            expect(existsSync(temp.path + '/asked')).toBe(true)
            await request.post('http://127.0.0.1:3123', { data: '${name}' })
            writeFileSync(project.outputDir + '/${name}.here', '')
            for (const other of ['a', 'b']) {
              await expect.poll(() => existsSync(project.outputDir + '/' + other + '.here'), { timeout: 40_000 }).toBe(true)
            }
            expect(await (await request.get('http://127.0.0.1:3123')).text()).toBe('<title>${name}</title>')
          })
        `,
      ]),
    ),
  })
  const { exitCode, stdout, stderr } = await it.inside(['--workers', '2'])
  expect(exitCode, stdout + stderr).toBe(0)
  expect(stdout).toMatch(/2 passed/)
  // The server of a lane is there for one worker.
  expect(stderr).not.toContain('shared with all workers')
  expect(await it.gone()).toEqual([])
})
