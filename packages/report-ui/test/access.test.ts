import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { sample } from './sample.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const routes = ['findings/2', 'timeline/2', 'matrix', 'history', 'capacity', 'quarantine']

test.each(['light', 'dark'] as const)(
  'in %s colours, all text can be read',
  async (colorScheme) => {
    await using shown = await open(browser, sample(), { colorScheme })
    for (const route of routes) {
      await shown.go(route)
      expect(await tooFaint(shown.page), route).toEqual([])
    }
  },
)

test('the button changes the colours, and a reload keeps them', async () => {
  await using shown = await open(browser, sample(), { colorScheme: 'light' })
  const { page } = shown
  const ground = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await ground()
  await page.getByRole('button', { name: 'Theme: system. Change to light.' }).click()
  expect(await ground()).toBe(light)
  await page.getByRole('button', { name: 'Theme: light. Change to dark.' }).click()
  const dark = await ground()
  expect(dark).not.toBe(light)
  await page.reload()
  await page.getByRole('button', { name: 'Theme: dark. Change to system.' }).waitFor()
  expect(await ground()).toBe(dark)
})

test('everything can be reached with the keyboard, and the focus is seen', async () => {
  await using shown = await open(browser, sample())
  const { page } = shown
  const names: string[] = []
  for (;;) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement === document.body)) break
    names.push(await focused(page))
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement!).outlineStyle,
    )
    expect(outline, names.at(-1)).not.toBe('none')
  }
  expect(names[0]).toBe('Skip to the content')
  for (const name of ['Timeline', 'Matrix', 'Quarantine2', 'parallel-only 3', 'Copy']) {
    expect(names).toContain(name)
  }
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
})

test('a change of page moves the focus there and changes the title', async () => {
  await using shown = await open(browser, sample())
  const { page } = shown
  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('link', { name: 'Matrix' })
    .press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Tests × runs' }).waitFor()
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
  expect(await page.title()).toBe('Matrix · Isolane')
  expect(await page.locator('[aria-current=page]').allInnerTexts()).toEqual(['Matrix'])
})

test('a screen reader meets headings, landmarks, tables and names', async () => {
  await using shown = await open(browser, sample(), { route: 'findings/2' })
  const { page } = shown
  expect(await page.locator('h1').count()).toBe(1)
  expect(await page.locator('html').getAttribute('lang')).toBe('en')
  const nameless = await page.evaluate(() =>
    [...document.querySelectorAll('button, a, input, select, [role=img], [role=region]')]
      .filter((one) => {
        const label = one.getAttribute('aria-label') ?? ''
        const inLabel = one.closest('label')?.textContent ?? ''
        return `${label}${one.textContent}${inLabel}`.trim() === ''
      })
      .map((one) => one.outerHTML.slice(0, 100)),
  )
  expect(nameless).toEqual([])
  const tree = await page.locator('main').ariaSnapshot()
  expect(tree).toMatch(/navigation "Findings"/)
  expect(tree).toMatch(/article "checkout › pays with a saved card"/)
  expect(tree).toMatch(/heading "What makes it fail" \[level=2\]/)
  expect(tree).toMatch(/rowheader "in parallel/)
  expect(tree).toMatch(/img "about 63 %, 31–86 %"/)
})

test('on a narrow screen the finding that is chosen comes into view, and the way on is below it', async () => {
  await using shown = await open(browser, sample(), { width: 390 })
  const { page } = shown
  const inView = (): Promise<boolean> =>
    page.evaluate(() => {
      const top = document.querySelector('h1')!.getBoundingClientRect().top
      return top > 0 && top < innerHeight / 2 && document.activeElement?.tagName === 'ARTICLE'
    })
  await page.getByRole('navigation', { name: 'Findings' }).getByRole('link').nth(2).click()
  await expect.poll(inView).toBe(true)
  expect(await page.getByRole('status').allInnerTexts()).toContain(
    'Finding 3 of 6: profile › instructor updates own profile',
  )
  await page.getByRole('navigation', { name: 'Before and after' }).getByText('Next').click()
  await page.getByRole('heading', { level: 1, name: /^complete registration/ }).waitFor()
  await expect.poll(inView).toBe(true)
})

test('on a narrow screen names are as wide as can be read', async () => {
  await using shown = await open(browser, sample(), { width: 390, route: 'history' })
  const name = await shown.page.locator('table.history tbody th').first().boundingBox()
  expect(name!.width).toBeGreaterThan(140)
})

test('on a narrow screen nothing is wider than it', async () => {
  await using shown = await open(browser, sample(), { width: 390 })
  for (const route of routes) {
    await shown.go(route)
    const width = await shown.page.evaluate(() => document.documentElement.scrollWidth)
    expect(width, route).toBeLessThanOrEqual(390)
    const tab = await shown.page.locator('.masthead nav [aria-current]').boundingBox()
    expect(tab!.x, `tab of ${route}`).toBeGreaterThanOrEqual(0)
    expect(tab!.x + tab!.width, `tab of ${route}`).toBeLessThanOrEqual(390)
  }
})

function focused(page: Page): Promise<string> {
  return page.evaluate(() => (document.activeElement?.textContent ?? '').trim())
}

// Contrast by WCAG 2, of all text that is on the screen: 4.5, or 3 where it is large.
async function tooFaint(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })!
    const rgb = (color: string): [number, number, number, number] => {
      canvas.clearRect(0, 0, 1, 1)
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data
      return [r, g, b, a / 255]
    }
    const light = ([r, g, b]: readonly number[]): number => {
      const [x = 0, y = 0, z = 0] = [r, g, b].map((value = 0) => {
        const part = value / 255
        return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
      })
      return 0.2126 * x + 0.7152 * y + 0.0722 * z
    }
    const groundOf = (element: Element): number[] => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const style = getComputedStyle(at)
        if (style.backgroundImage !== 'none' && at !== document.documentElement) return []
        const [r, g, b, a] = rgb(style.backgroundColor)
        if (a > 0.99) return [r, g, b]
      }
      return [255, 255, 255]
    }
    const faint: string[] = []
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some(
        (node) => node.nodeType === 3 && node.textContent!.trim() !== '',
      )
      if (!own || element.closest('.hidden, .skip, svg, noscript, script') !== null) continue
      const style = getComputedStyle(element)
      if (element.getClientRects().length === 0) continue
      const ground = groundOf(element)
      if (ground.length === 0) continue
      const [a, b] = [light(rgb(style.color)), light(ground)].sort((x, y) => y - x)
      const ratio = (a! + 0.05) / (b! + 0.05)
      const size = Number.parseFloat(style.fontSize)
      const large = size >= 24 || (size >= 18.5 && Number(style.fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5))
        faint.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent.slice(0, 40)}`)
    }
    return [...new Set(faint)]
  })
}
