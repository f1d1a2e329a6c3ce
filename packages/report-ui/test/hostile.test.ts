import type { Browser } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { sample } from './sample.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const hostile = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  'javascript:alert(1)',
  ']]>',
  '&lt;b&gt; {{constructor}} ${alert(1)}',
  '\u2028\u2029',
  '\u001B[31mred\u001B[0m \u0007',
  '\u202Egnp.exe',
  '\uD800 broken',
  '$& $1 $`',
].join(' ')

// Puts the text everywhere, but where a fixed set of words is.
function poison<T>(value: T, text: string): T {
  const fixed =
    /^(?:format|kind|verdict|mechanism|cause|impact|outcome|arm|event|action|state|role|startedAt|lastFailedAt|expires|end|cells|verdicts)$/
  const visit = (one: unknown, name = ''): unknown => {
    if (fixed.test(name)) return one
    if (typeof one === 'string') return `${one} ${text}`
    if (Array.isArray(one)) return one.map((item) => visit(item, name))
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, visit(item, key)]))
  }
  return visit(value) as T
}

test('names, errors and all other text stay text on every page', async () => {
  await using shown = await open(browser, poison(sample(), hostile))
  const { page } = shown
  const elements: string[] = []
  for (const route of ['findings/2', 'timeline/2', 'matrix', 'history', 'capacity', 'quarantine']) {
    await shown.go(route)
    elements.push(
      ...(await page.locator('main img, main script, main svg[onload], main b').allTextContents()),
    )
  }
  expect(elements).toEqual([])
  await shown.go('findings/2')
  expect(await page.locator('h1').innerText()).toContain('</script><script>alert(1)</script>')
  const links = await page
    .locator('a')
    .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).protocol))
  expect([...new Set(links)]).toEqual(['file:'])
  expect([shown.complaints, shown.requests]).toEqual([[], []])
})

test('even a script that got into the page would not run', async () => {
  await using shown = await open(browser, sample())
  const { page, complaints } = shown
  await page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "mine"'
    document.body.append(script)
    document.body.insertAdjacentHTML('beforeend', '<img src="https://example.test/x.png">')
    return fetch('https://example.test/').catch(() => {})
  })
  expect(await page.title()).toBe('Findings · Isolane')
  expect(
    complaints.filter((one) => one.includes('Content Security Policy')).length,
  ).toBeGreaterThanOrEqual(3)
})

test('long names and megabytes of errors neither burst the page nor stop it', async () => {
  const large = sample()
  const [first] = large.findings
  first!.test.titlePath = ['x'.repeat(20_000), 'y z '.repeat(5000)]
  first!.first.error = { name: 'Error', message: 'long '.repeat(400_000), signature: 's' }
  first!.reproduce = 'z'.repeat(20_000)
  large.findings = [first!, ...Array.from({ length: 3000 }, () => large.findings[1]!)]
  await using shown = await open(browser, large)
  const { page } = shown
  expect(
    await page.getByRole('navigation', { name: 'Findings' }).getByRole('listitem').count(),
  ).toBe(100)
  await page.getByRole('button', { name: /^Show more \(2,901 findings left\)/ }).click()
  expect(
    await page.getByRole('navigation', { name: 'Findings' }).getByRole('listitem').count(),
  ).toBe(600)
  const [width, height] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.querySelector('article')!.getBoundingClientRect().height,
  ])
  expect(width).toBeLessThanOrEqual(1360)
  expect(height).toBeLessThan(3000)
  expect(shown.complaints).toEqual([])
})
