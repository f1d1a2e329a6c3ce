import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { annotations, ctrf, html, junit, markdown } from '@isolane/flake'
import type { FlakeReport } from '@isolane/flake'
import { chromium } from '@playwright/test'
import { validateStrict } from 'ctrf'
import { expect, test } from 'vitest'
import { findingOf, reportOf, testOf } from './report.ts'

/** What an XML parser of the browser makes of it: the cases with the names of their children. */
async function parse(
  xml: string,
): Promise<{ error: string; cases: { name: string; children: string[]; text: string }[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'isolane-xml-'))
  const path = join(directory, 'junit.xml')
  await writeFile(path, xml)
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const executablePath = process.env['ISOLANE_BROWSER'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args })
  try {
    const page = await browser.newPage()
    return await page.evaluate(
      (source) => {
        const parsed = new DOMParser().parseFromString(source, 'application/xml')
        return {
          error: parsed.querySelector('parsererror')?.textContent ?? '',
          cases: [...parsed.querySelectorAll('testcase')].map((one) => ({
            name: `${one.getAttribute('classname')} ${one.getAttribute('name')}`,
            children: [...one.children].map(({ tagName }) => tagName),
            text: one.querySelector('failure')?.textContent ?? '',
          })),
        }
      },
      await readFile(path, 'utf8'),
    )
  } finally {
    await browser.close()
    await rm(directory, { recursive: true, force: true })
  }
}

const hostile =
  ']]> </testcase> </script><script>alert(1)</script> <!-- & " \u0000\u0007\u001B[31m \uD800 \uFFFF $& \u202E ::error::x ##[group] %0A'

function mixed(): FlakeReport {
  const flaky = findingOf('collides', { failsRun: true })
  const allowed = findingOf('in quarantine', {
    failsRun: false,
    quarantine: { state: 'active', owner: '@a', reason: 'r', expires: '2027-01-01' },
  })
  const real = findingOf('is wrong', { verdict: 'consistent', cause: 'unknown' })
  const crash = findingOf('dies', {
    verdict: 'infrastructure',
    evidence: [
      {
        kind: 'crash',
        detail: 'the worker died: 2 tests gave no result',
        tests: ['a.test.ts > dies', 'a.test.ts > lost'],
        slots: [],
      },
    ],
  })
  return reportOf(
    [real, flaky, allowed, crash],
    [
      testOf('a.test.ts > good', 'passed'),
      testOf('a.test.ts > good #2', 'passed'),
      testOf('a.test.ts > collides', 'failed', ['passed', 'failed', 'failed']),
      testOf('a.test.ts > in quarantine', 'failed', ['failed']),
      testOf('a.test.ts > is wrong', 'failed', ['failed', 'failed']),
      testOf('a.test.ts > dies', 'missing'),
      testOf('a.test.ts > lost', 'missing'),
      testOf('b.test.ts > later', 'skipped'),
    ],
  )
}

test('junit.xml has one case a test, and tells flaky from consistent', async () => {
  const xml = junit(mixed())
  const { error, cases } = await parse(xml)
  expect(error).toBe('')
  expect(
    cases.map(({ name, children }) => [name, children.filter((one) => one !== 'properties')]),
  ).toEqual([
    ['a.test.ts good', []],
    ['a.test.ts good #2', []],
    ['a.test.ts collides', ['failure', 'flakyFailure', 'flakyFailure', 'flakyFailure']],
    ['a.test.ts in quarantine', ['flakyFailure', 'flakyFailure']],
    ['a.test.ts is wrong', ['failure', 'rerunFailure', 'rerunFailure']],
    ['a.test.ts dies', ['error']],
    ['a.test.ts lost', ['error']],
    ['b.test.ts later', ['skipped']],
  ])
  expect(xml).toContain(
    '<testsuites name="isolane flake" tests="8" failures="2" errors="2" skipped="1" time="1.000">',
  )
  expect(xml).toContain('<property name="isolane.verdict" value="parallel-only"/>')
  expect(xml).toContain('type="parallel-only (collision, port)"')
  expect(cases[2]!.text).toMatch(
    /^parallel-only \(collision, port\), 97 % sure\nin parallel: 5 of 8 failed \(31–86 %\)\nalone: 0 of 24 failed \(under 14 %\)\n/,
  )
  expect(cases[2]!.text).toContain('reproduce: npx vitest run a.test.ts')
  expect(cases[2]!.text).not.toContain('node:net')
})

test('nothing in names and errors breaks junit.xml', async () => {
  const title = `odd ${hostile}`
  const finding = findingOf(title)
  const { error, cases } = await parse(
    junit(reportOf([finding], [testOf(finding.test.key, 'failed')])),
  )
  expect(error).toBe('')
  expect(cases).toHaveLength(1)
  expect(cases[0]!.children).toEqual(['properties', 'failure', 'flakyFailure'])
  expect(cases[0]!.name).toContain(']]> </testcase>')
})

test('junit.xml stays below its limit: what failed is kept longest', async () => {
  const failed = Array.from({ length: 20 }, (_, at) =>
    findingOf(`bad ${at}`, { verdict: 'consistent' }),
  )
  failed[0]!.first.error!.stack = 'x'.repeat(1_000_000)
  const tests = [
    ...Array.from({ length: 3000 }, (_, at) => testOf(`a.test.ts > good ${at}`, 'passed')),
    ...failed.map(({ test: { key } }) => testOf(key, 'failed')),
  ]
  const limit = 120_000
  const xml = junit(reportOf(failed, tests), limit)
  expect(Buffer.byteLength(xml)).toBeLessThanOrEqual(limit)
  const { error, cases } = await parse(xml)
  expect(error).toBe('')
  expect(cases.filter(({ children }) => children.includes('failure'))).toHaveLength(20)
  expect(cases.length).toBeGreaterThan(500)
  expect(xml).toContain(`<!-- ${tests.length - cases.length} tests that passed do not fit here`)
})

test('ctrf.json is valid by the published schema, and knows flaky tests', () => {
  const document: unknown = JSON.parse(ctrf(mixed()))
  validateStrict(document)
  const { summary, tests } = document.results
  expect(summary).toMatchObject({ tests: 8, passed: 3, failed: 2, skipped: 1, other: 2, flaky: 2 })
  expect(tests.map(({ name, status, flaky = false }) => [name, status, flaky])).toEqual([
    ['good', 'passed', false],
    ['good #2', 'passed', false],
    ['collides', 'failed', true],
    ['in quarantine', 'passed', true],
    ['is wrong', 'failed', false],
    ['dies', 'other', false],
    ['lost', 'other', false],
    ['later', 'skipped', false],
  ])
  expect(tests[2]).toMatchObject({
    rawStatus: 'parallel-only (collision, port)',
    retries: 3,
    threadId: '1',
    retryAttempts: [
      { status: 'failed' },
      { status: 'passed' },
      { status: 'failed' },
      { status: 'failed' },
    ],
    labels: { verdict: 'parallel-only', failsRun: true },
  })
})

test('an empty run and a hostile one are valid CTRF too', () => {
  const finding = findingOf(`odd ${hostile}`)
  for (const report of [
    reportOf([], []),
    reportOf([finding], [testOf(finding.test.key, 'failed')]),
  ]) {
    expect(() => validateStrict(JSON.parse(ctrf(report)))).not.toThrow()
  }
})

test('annotations: ten of a level at most, most important first, nothing escapes', () => {
  const place = { cwd: '/home/ada/shop/packages/api', workspace: '/home/ada/shop' }
  const many = Array.from({ length: 13 }, (_, at) =>
    findingOf(`test ${at}, 100% odd: ${hostile}\r\n::error::forged`),
  )
  const allowed = findingOf('allowed', { failsRun: false })
  const lines = annotations(reportOf([...many, allowed], []), place)
  expect(lines.filter((line) => line.startsWith('::error '))).toHaveLength(10)
  expect(lines[0]).toMatch(
    /^::error file=packages\/api\/a\.test\.ts,line=3,title=parallel-only \(collision%2C port\)::a\.test\.ts › test 0, 100%25 odd/,
  )
  expect(lines[9]).toBe(
    '::error title=Isolane::4 more findings are in the job summary and in report.html',
  )
  expect(lines[10]).toMatch(/^::warning file=packages\/api\/a\.test\.ts/)
  expect(lines.join('')).not.toMatch(/(?!\t)\p{Cc}/u)
  expect(
    annotations(reportOf([many[0]!], []), { cwd: '/elsewhere', workspace: '/home/ada/shop' })[0],
  ).toMatch(/^::error line=3,title/)
})

test('the page holds any text as data', () => {
  const finding = findingOf(hostile)
  const page = html({ kind: 'report', report: reportOf([finding], []) })
  const scripts = page.match(/<script/g)
  expect(scripts).toHaveLength(2)
  const data = /id="isolane-data">([^<]*)<\/script>/.exec(page)?.[1] ?? ''
  const read = JSON.parse(data) as { report: FlakeReport }
  expect(read.report.findings[0]?.test.titlePath).toEqual([hostile])
})

test('the summary gives rows to all before it gives details to any', () => {
  const findings = Array.from({ length: 50 }, (_, at) => findingOf(`test ${at}`))
  findings[0]!.nextSteps = ['x'.repeat(30_000)]
  const text = markdown(reportOf(findings, []), 'report.html', 30_000)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(30_000)
  expect(text.match(/^\| <code>/gm)).toHaveLength(50)
  expect(text.match(/<details>/g)!.length).toBeGreaterThan(5)
  expect(text).not.toContain('xxxx')
})
