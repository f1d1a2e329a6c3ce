import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { annotations, readHistory, historyTable, reportSchema, terminal } from '@isolane/flake'
import { chromium } from '@playwright/test'
import { validateStrict } from 'ctrf'
import { expect, test } from 'vitest'
import { makeProject, vitest } from './project.ts'

const token = 'ghp_abcdefghijklmnopqrstuvwxyz0123456789'
// As it stands in the source of the test.
const hostile = String.raw`</script><script>alert(1)</script> <img src=x onerror=alert(1)> ]]> <!-- \u001B[31mred\u001B[2J\u0007 \u202Egnp &amp; \uD800 | a %0A $& \u0000 ::error::x ##[group]`

const project = {
  'a.test.js': `import { writeSync } from 'node:fs'
    import { expect, test } from 'vitest'
    const hostile = ${JSON.stringify(hostile).replaceAll('\\\\u', '\\u')}
    test('says much ' + hostile, () => {
      writeSync(1, Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a]))
      console.log('\\n::error::forged by a log\\n##[group]x')
      console.error('x'.repeat(2_000_000))
      throw new Error(hostile + '\\n::warning::forged ${token}\\n' + 'long '.repeat(500_000))
    })
    test('is wrong ' + hostile, () => { expect({ a: hostile }).toEqual({ a: 1 }) })
    test('throws no error ' + 'n'.repeat(5000), () => { throw hostile })
    test('calls its error something else', () => {
      const error = new Error('x')
      error.name = hostile
      error.stack = hostile.repeat(2000)
      throw error
    })
    test('passes', () => {})`,
}

test('nothing that tests say does harm in any report', { timeout: 300_000 }, async () => {
  await using odd = await makeProject(project)
  const steps: string[] = []
  const { report, paths, exitCode } = await odd.flake({
    command: [...vitest, 'run'],
    progress: { step: (text) => steps.push(text), note: (text) => steps.push(text) },
  })
  // It was run alone by its name, all of it.
  expect(exitCode).toBe(1)
  const wrong = report.findings.find(({ test: { titlePath } }) =>
    titlePath[0]!.startsWith('is wrong'),
  )
  const { runs, failures } = wrong!.arms.alone
  expect([wrong!.verdict, failures]).toEqual(['consistent', runs])
  expect(runs).toBeGreaterThan(0)
  expect(wrong!.reproduce).toContain(String.raw`\u0000`)

  const documents = Object.fromEntries(
    await Promise.all(
      Object.entries(paths).map(async ([name, path]) => [name, await readFile(path, 'utf8')]),
    ),
  ) as Record<keyof typeof paths, string>
  const place = { cwd: odd.dir, workspace: odd.dir }
  const spoken = {
    ...documents,
    terminal: terminal(report, { width: 100, color: false }),
    annotations: annotations(report, place).join('\n'),
    steps: steps.join('\n'),
    history: historyTable(await readHistory(join(odd.dir, '.isolane', 'history.db')), {
      width: 100,
      color: false,
    }),
  }
  for (const [name, text] of Object.entries(spoken)) {
    expect(text, name).not.toMatch(/(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u)
    expect(text.isWellFormed(), name).toBe(true)
    expect(text, name).not.toContain(token)
  }
  for (const path of Object.values(paths)) expect((await stat(path)).size).toBeLessThan(1_000_000)
  expect(spoken.terminal).not.toMatch(/^\s*::|##\[/m)
  expect(spoken.annotations.split('\n').every((line) => line.startsWith('::error file='))).toBe(
    true,
  )
  expect(documents.summary.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')).not.toMatch(
    /<(?:script|img)/,
  )

  reportSchema.parse(JSON.parse(documents.report))
  validateStrict(JSON.parse(documents.ctrf))
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const executablePath = process.env['ISOLANE_BROWSER'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args })
  try {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('dialog', (dialog) => {
      complaints.push(dialog.message())
      void dialog.dismiss()
    })
    await page.goto(pathToFileURL(paths.html).href)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await page.locator('h1').innerText()).toMatch(/<\/script>|nnnn|something else/)
    expect(await page.locator('main img, main script').count()).toBe(0)
    expect(complaints).toEqual([])
    const cases = await page.evaluate((xml) => {
      const parsed = new DOMParser().parseFromString(xml, 'application/xml')
      return (
        parsed.querySelector('parsererror')?.textContent ??
        parsed.querySelectorAll('testcase').length
      )
    }, documents.junit)
    expect(cases).toBe(5)
  } finally {
    await browser.close()
  }
})
