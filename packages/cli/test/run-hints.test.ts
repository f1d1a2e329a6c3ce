import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { config, playwrightProject } from './support/playwright-project.ts'
import { commands, runProject } from './support/run-project.ts'

/** A test that asks somebody outside, by a file, and waits in vain; one that fails for a reason of its own; one like the first that writes only what is kept. */
const waits = (imports: string, limit: (ms: number) => string): string => `
  ${imports}
  test('asks', async () => {
    mkdirSync('exchange', { recursive: true })
    writeFileSync('exchange/question.json', '{}')
    writeFileSync('test.db', '')
    ${limit(300)}
    await new Promise(() => {})
  }, 300)
  test('is wrong', () => { expect(1).toBe(2) })
`
const asks =
  'isolane sandbox: exchange/question.json is seen by this worker alone; if somebody outside waits for it, --writable exchange/ (sandbox.files.writable) shares it'
const said =
  "stayed inside: exchange/question.json and test.db. Hint: --keep '<glob>' (sandbox.files.keep) copies such files back, --writable <path> (sandbox.files.writable) shares them."

/** Where something stands in a text, in order; a missing one is -1. */
const places = (text: string, ...words: readonly string[]): readonly number[] =>
  words.map((word) => text.indexOf(word))

describe('a test that timed out after it wrote a file says that nobody outside saw it', () => {
  const fs = "import { mkdirSync, writeFileSync } from 'node:fs'"
  test('vitest', async () => {
    const it = await runProject({
      'a.test.js': waits(`${fs}; import { expect, test } from 'vitest'`, () => ''),
      'b.test.js': `import { test } from 'vitest'\ntest('waits for itself', () => new Promise(() => {}), 100)`,
    })
    const { exitCode, stderr, said: lines } = await it.isolane('--', ...commands.vitest, 'run')
    expect(exitCode).toBe(1)
    expect(stderr.split(asks)).toHaveLength(2)
    expect(stderr).toMatch(/a\.test\.js > asks\n.*Test timed out in 300ms\.\n.*\nisolane sandbox: /)
    expect(lines).toContain(said)
    expect(await it.files()).toEqual(['a.test.js', 'b.test.js', 'package.json'])
  })

  test('in a package of a workspace, with the whole path', async () => {
    const it = await runProject({
      'a.test.js': waits(`${fs}; import { expect, test } from 'vitest'`, () => ''),
    })
    const { stderr } = await it.isolane('--root', '..', '--', ...commands.vitest, 'run')
    expect(stderr).toContain(
      'isolane sandbox: project/exchange/question.json is seen by this worker alone; if somebody outside waits for it, --writable <project>/exchange/ (sandbox.files.writable) shares it',
    )
  })

  test('jest', async () => {
    const it = await runProject({
      'package.json': '{}',
      'a.test.js': waits("const { mkdirSync, writeFileSync } = require('node:fs')", () => ''),
    })
    const jest = [...commands.jest, '--json', '--outputFile=report.json']
    const { exitCode, stderr, said: lines } = await it.isolane('--keep', 'none', '--', ...jest)
    expect(exitCode).toBe(1)
    expect(stderr.split(asks)).toHaveLength(2)
    const order = places(stderr, '● asks', 'Exceeded timeout of 300 ms', asks, '● is wrong')
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(lines).toContain(said)
    expect((await it.read('report.json')).split(asks).length).toBeGreaterThan(1)
  })

  test('playwright, where a page that the browser cannot open has its line too', async () => {
    const server = createServer((_, response) => response.end('hello'))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const it = await playwrightProject({
      'playwright.config.ts': config(''),
      'specs/a.spec.ts': `
        import { mkdirSync, writeFileSync } from 'node:fs'
        import { expect, test } from '@playwright/test'
        test('opens', async ({ page }) => { await page.goto('http://localhost:${port}/') })
        ${waits('', (ms) => `test.setTimeout(${ms})`).replaceAll('}, 300)', '})')}
      `,
    })
    const { exitCode, stdout, said: lines } = await it.inside([], '--reporter=line')
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      `isolane sandbox: 127.0.0.1:${port} is a service of this machine; --forward 127.0.0.1:${port} (sandbox.network.forward) lets it through`,
    )
    expect(stdout).toMatch(
      /Test timeout of 300ms exceeded\.\s+isolane sandbox: exchange\/question\.json is/,
    )
    expect(lines).toContain(said)
  })
})
