import { expect, test } from 'vitest'
import { config, playwrightProject as anyProject } from './support/playwright-project.ts'

const webServer = `webServer: { command: 'node server.js', url: 'http://127.0.0.1:3123', stdout: 'pipe' },`

/** Other files of tests have servers outside a sandbox too, at the same time. */
const playwrightProject = async (files: Readonly<Record<string, string>>) =>
  await anyProject(files, 3124)

/** A test that the web server of its project is enough for. */
const asks = `
  import { test } from '@playwright/test'

  test('asks', async ({ request }) => {
    await request.get('/')
  })
`

test.each([
  {
    title: 'does not start',
    command: 'echo "no config" >&2; exit 3',
    timeout: 60_000,
    reason: 'Process from config.webServer was not able to start. Exit code: 3',
    lines: ['Its output ends with:', '  | no config'],
  },
  {
    title: 'does not answer',
    command: 'echo waiting; sleep 60',
    timeout: 5000,
    reason: 'Timed out waiting 5000ms from config.webServer.',
    lines: ['Its output ends with:', '  | waiting'],
  },
])('ends the run once, before its tests, when the web server $title', async (failing) => {
  const { command, timeout, reason, lines } = failing
  const options = JSON.stringify({ command, url: 'http://127.0.0.1:3123', timeout })
  const it = await playwrightProject({
    'playwright.config.ts': config(`retries: 2, webServer: { ...${options}, stderr: 'ignore' },`),
    ...Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [`specs/${name}.spec.ts`, asks])),
  })
  const { exitCode, stdout } = await it.inside(['--workers', '2'], '--reporter=line')
  expect(exitCode).toBe(1)
  expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
    'Running 4 tests using 2 workers',
    `Error: ${reason}`,
    `It was started in the sandbox of a worker: ${command}`,
    ...lines,
    'Hint: --shared-webserver starts it outside, once for all workers.',
    '  4 did not run',
  ])
  expect(await it.gone()).toEqual([])
})

test('--shared-webserver starts it once, before the global setup, and says so to who needs it there', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(`${webServer} globalSetup: './setup.ts',`),
    'setup.ts': `
      export default async () => {
        await fetch('http://127.0.0.1:3123', { method: 'POST', body: 'from the setup' }).catch((error) => {
          throw error.cause
        })
      }
    `,
    ...Object.fromEntries(
      ['a', 'b'].map((name) => [
        `specs/${name}.spec.ts`,
        `
          import { expect, test } from '@playwright/test'

          test('finds what the setup wrote', async ({ request }) => {
            expect(await (await request.get('/')).text()).toBe('<title>from the setup</title>')
          })
        `,
      ]),
    ),
  })
  const without = await it.inside([])
  expect(without.exitCode).toBe(1)
  expect(without.said).toContain(
    'every worker starts the web server for itself, after the global setup. If that needs it: --shared-webserver starts one before it, for all.',
  )
  const shared = await it.inside(['--shared-webserver', '--workers', '2'])
  expect(shared.exitCode, shared.stdout + shared.stderr).toBe(0)
  expect(shared.stdout.match(/\[WebServer\] serving/g)).toHaveLength(1)
  expect(await it.gone()).toEqual([])
})

test('takes every option of a web server as Playwright does', async () => {
  const it = await playwrightProject({
    'playwright.config.ts': config(`
      webServer: [
        { command: 'node server.js', port: 3123, name: 'App' },
        {
          command: 'node other.js',
          cwd: 'other',
          env: { GREETING: 'hello' },
          stdout: 'pipe',
          wait: { stdout: /listening on (?<other_port>\\d+)/ },
          gracefulShutdown: { signal: 'SIGTERM', timeout: 60_000 },
        },
      ],
    `),
    'other/other.js': `
      import { writeFileSync } from 'node:fs'
      import { createServer } from 'node:http'

      const server = createServer((_, response) => response.end(process.env.GREETING + ' from ' + process.cwd()))
      server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port))
      process.on('SIGTERM', () => {
        writeFileSync('../test-results/ended.txt', 'in order')
        process.exit()
      })
    `,
    'specs/options.spec.ts': `
      import { expect, test } from '@playwright/test'

      test('reaches both', async ({ request }) => {
        expect(await (await request.get('/')).text()).toBe('<title></title>')
        const other = await request.get('http://127.0.0.1:' + process.env.OTHER_PORT)
        expect(await other.text()).toBe('hello from ' + process.cwd() + '/other')
      })
    `,
  })
  const { exitCode, stdout } = await it.inside([])
  expect(exitCode, stdout).toBe(0)
  expect(stdout).toMatch(/\[WebServer\] listening on \d+/)
  expect(stdout).not.toContain('serving')
  expect(await it.read('test-results/ended.txt')).toBe('in order')
})
