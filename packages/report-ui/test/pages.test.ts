import type { Browser } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launch, open } from './browser.ts'
import { sample } from './sample.ts'
import { findings } from './sample/findings.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

const text = (all: readonly string[]): string[] =>
  all.map((one) => one.replaceAll(/\s+/g, ' ').trim())

describe('findings', () => {
  test('one screen says which test, what kind, the culprit, how sure, and the command', async () => {
    await using shown = await open(browser, sample(), { route: 'findings/2' })
    const { page, complaints, requests } = shown
    const article = page.getByRole('article', { name: 'checkout › pays with a saved card' })
    const words = (await article.innerText()).replaceAll(/\s+/g, ' ')
    for (const fact of [
      'parallel-only',
      'collision',
      'tests/checkout.test.ts:21',
      'fails when “webhook › receives a payment event” runs beside it: both listened on port 3162.',
      'webhook › receives a payment event tests/webhook.test.ts slot 3',
      '97 %',
      'next likely: intermittent, 2 %',
      'slot 1 · worker 1 · port 3162',
      'npx vitest run tests/checkout.test.ts tests/webhook.test.ts --maxWorkers=4',
      'listen EADDRINUSE: address already in use 127.0.0.1:3162',
      'p = 0.00012',
    ]) {
      expect(words).toContain(fact)
    }
    const command = await page.getByLabel('Command that reproduces it').boundingBox()
    expect(command?.y).toBeLessThan(900)
    const experiments = page.getByRole('table', { name: 'How often the test failed in each' })
    expect(text(await experiments.locator('tbody tr').allInnerTexts())).toEqual([
      'in parallel beside all others again 5 of 8 31–86 %',
      'alone in a fresh process 0 of 24 under 14 %',
      'its file the whole file, one worker 0 of 4 under 49 %',
      'serially everything, one after another 0 of 2 under 66 %',
    ])
    const besides = page.getByRole('table', { name: /with and without tests\/webhook/ })
    expect(text(await besides.locator('tbody tr').allInnerTexts())).toEqual([
      'with it 8 of 10 49–94 %',
      'without it 0 of 10 under 28 %',
    ])
    expect(await page.title()).toBe('Findings · Isolane')
    expect([complaints, requests]).toEqual([[], []])
  })

  test('frames of libraries are folded away, the error of the project is not', async () => {
    await using shown = await open(browser, sample(), { route: 'findings/1' })
    const error = shown.page.getByLabel('Error message')
    expect(await error.innerText()).toContain('+ Array []')
    expect(await error.innerText()).toContain('at openServer (src/server.ts:88:9)')
    expect(await error.innerText()).not.toContain('node_modules')
    await shown.page.getByText('All of it, with 4 frames').click()
    expect(await shown.page.locator('.error details').innerText()).toContain('node_modules')
  })

  test('search and verdict narrow the list; the keyboard walks through it', async () => {
    await using shown = await open(browser, sample())
    const { page } = shown
    const list = page.getByRole('navigation', { name: 'Findings' })
    expect(await list.getByRole('link').count()).toBe(findings.length)
    await page.keyboard.press('/')
    await page.keyboard.type('eaddrinuse checkout')
    expect(await list.getByRole('link').count()).toBe(1)
    expect(await list.getByRole('status').innerText()).toBe('1 finding shown')
    await page.getByRole('searchbox').fill('')
    await list.getByRole('button', { name: 'parallel-only 3' }).click()
    expect(await list.getByRole('link').count()).toBe(3)
    await list.getByRole('button', { name: 'parallel-only 3' }).click()
    await page.keyboard.press('j')
    await page.getByRole('heading', { level: 1, name: /^checkout/ }).waitFor()
    await page.keyboard.press('k')
    await page.getByRole('heading', { level: 1, name: /^program admin/ }).waitFor()
  })

  test('only a diff is coloured as one', async () => {
    const report = sample()
    report.findings[0]!.first.error!.message =
      '- not a diff\n\n- Expected  - 1\n+ Received  + 1\n\n- 1\n+ 2\n\nCall log:\n  - waiting'
    await using shown = await open(browser, report)
    const coloured = (tone: string): Promise<string[]> =>
      shown.page.locator(`.error pre .${tone}`).allInnerTexts()
    expect(text(await coloured('expected'))).toEqual(['- Expected - 1', '- 1'])
    expect(text(await coloured('received'))).toEqual(['+ Received + 1', '+ 2'])
  })

  test('of tests that were examined together, the page leads to the one that was run', async () => {
    const report = sample()
    const [first, second] = report.findings
    const none = { runs: 0, failures: 0 }
    const tests = [first!.test.key, second!.test.key]
    const cluster = { kind: 'cluster', detail: '2 tests failed with one error', tests, slots: [] }
    report.findings = [
      { ...first!, evidence: [cluster] },
      {
        ...second!,
        arms: { parallel: none, alone: none, file: none, serial: none },
        evidence: [cluster],
        culprits: [],
      },
    ]
    await using shown = await open(browser, report, { route: 'findings/2' })
    const { page } = shown
    expect(await page.locator('.rates').count()).toBe(0)
    expect(await page.locator('.parties .victim').count()).toBe(0)
    await page.getByText('It failed with the same error as').getByRole('link').click()
    await page.getByRole('heading', { level: 1, name: /^program admin/ }).waitFor()
    expect(await page.locator('.rates').count()).toBe(1)
  })

  test('a run that was to find what it found is not called clean', async () => {
    const report = { ...sample(), exitCode: 0 }
    report.findings = report.findings.map((finding) => ({ ...finding, failsRun: true }))
    await using shown = await open(browser, report)
    const state = '.state strong'
    expect(await shown.page.locator(state).innerText()).toBe('The findings are the expected ones')
    report.findings = report.findings.map((finding) => ({ ...finding, failsRun: false }))
    await using quiet = await open(browser, report)
    expect(await quiet.page.locator(state).innerText()).toBe('Nothing fails the run')
  })

  test('the quarantine is told', async () => {
    await using shown = await open(browser, sample(), { route: 'findings/3' })
    const callout = shown.page.locator('.callout')
    expect(await callout.innerText()).toMatch(
      /^In quarantine until 2026-12-24: it does not fail the run\. @records: slow dialog/,
    )
    expect(await callout.getByRole('link').getAttribute('href')).toBe(
      'https://example.test/issues/7',
    )
    await shown.go('findings/5')
    await shown.page.getByRole('heading', { name: /groups bookings/ }).waitFor()
    expect(await callout.innerText()).toMatch(/^Its quarantine ended on 2026-11-01/)
  })

  test('nothing failed', async () => {
    const green = sample()
    const totals = { tests: 120, passed: 120, failed: 0, skipped: 0, missing: 0 }
    await using shown = await open(browser, { ...green, totals, exitCode: 0, findings: [] })
    await shown.page.getByText('Nothing failed.').waitFor()
    await shown.page.getByText('No test failed').waitFor()
    await shown.page.getByText('3 tests failed in the runs before').waitFor()
    const longest = shown.page.getByRole('region', { name: 'What took longest' })
    expect(await longest.getByRole('row').count()).toBe(6)
    const times = await longest.locator('td.number').allTextContents()
    expect(times[0]).toMatch(/^\d+ ms$/)
    // The legend explains what is drawn, and nothing else.
    const tests = green.tests!.filter(({ outcome }) => outcome === 'passed')
    const runs = green.runs!.slice(0, 1)
    await using drawn = await open(
      browser,
      {
        ...green,
        totals,
        exitCode: 0,
        findings: [],
        tests,
        runs,
        runner: { name: 'pytest', version: 'unknown' },
      },
      { route: 'timeline' },
    )
    expect(await drawn.page.locator('.legend li').allTextContents()).toEqual([
      ' passed',
      ' set-up of worker and lane',
      ' worker died or hung',
    ])
    expect(await drawn.page.locator('.when').textContent()).toMatch(/^pytest · /)
    expect([...shown.complaints, ...drawn.complaints]).toEqual([])
  })
})

describe('timeline', () => {
  test('a row for each slot, with victim, culprit, replaced workers and set-up', async () => {
    await using shown = await open(browser, sample(), { route: 'timeline/2' })
    const { page, complaints } = shown
    expect(await page.locator('.slot-name').allTextContents()).toEqual(
      [1, 2, 3, 4].map((slot) => `slot ${slot}slot ${slot}`),
    )
    const victim = page.getByRole('img', { name: /^victim: checkout › pays with a saved card/ })
    const culprit = page.getByRole('img', { name: /^culprit: webhook › receives/ })
    const [a, b] = [await victim.boundingBox(), await culprit.boundingBox()]
    // Side by side in time, on different slots.
    expect(a!.y).not.toBe(b!.y)
    expect(Math.max(a!.x, b!.x)).toBeLessThan(Math.min(a!.x + a!.width, b!.x + b!.width))
    await page.getByRole('button', { name: 'Whole run' }).click()
    expect(
      await page
        .getByRole('img', { name: /takes the slot: worker 3 died \(exit code 137\)/ })
        .count(),
    ).toBe(1)
    expect(await page.locator('rect.setup').count()).toBeGreaterThanOrEqual(6)
    await victim.focus()
    await page.locator('.tip').getByText('listen EADDRINUSE').waitFor()
    const beside = page.getByRole('row', {
      name: /webhook › receives a payment event .* culprit slot 3 passed/,
    })
    expect(await beside.count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('the table says the same in words', async () => {
    await using shown = await open(browser, sample(), { route: 'timeline' })
    const { page } = shown
    await page.getByText('The same as a table').click()
    const rows = text(
      await page.getByRole('region', { name: 'Workers' }).locator('tbody tr').allInnerTexts(),
    )
    expect(rows).toHaveLength(6)
    expect(rows.find((row) => row.includes('checkout') || row.includes('pays with'))).toMatch(
      /^slot 2 2 .*pays with a saved card/,
    )
    expect(rows.filter((row) => row.includes('crash: exit code 137'))).toHaveLength(2)
  })

  test('buttons and dragging look closer', async () => {
    await using shown = await open(browser, sample(), { route: 'timeline' })
    const { page } = shown
    const ticks = page.locator('.tick text')
    const before = await ticks.allTextContents()
    const box = (await page.locator('.timeline svg').boundingBox())!
    await page.mouse.move(box.x + 300, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + 420, box.y + 80)
    await page.mouse.up()
    const after = await ticks.allTextContents()
    expect(after).not.toEqual(before)
    await page.getByRole('button', { name: 'Whole run' }).click()
    expect(await ticks.allTextContents()).toEqual(before)
    await page.getByRole('button', { name: 'Closer' }).click()
    expect(await ticks.allTextContents()).not.toEqual(before)
  })

  test('ten thousand tests are drawn as no more than the screen can show', async () => {
    const large = sample()
    const [first] = large.tests!
    large.tests = Array.from({ length: 10_000 }, (_, at) => ({
      ...first!,
      key: `a.test.ts > ${at}`,
      titlePath: [String(at)],
      outcome: 'passed' as const,
      attempts: [
        {
          ...first!.attempts[0]!,
          slot: (at % 4) + 1,
          outcome: 'passed' as const,
          startMs: first!.attempts[0]!.startMs + at * 2,
          endMs: first!.attempts[0]!.startMs + at * 2 + 6,
        },
      ],
    }))
    await using shown = await open(browser, large, { route: 'timeline' })
    await shown.page.locator('.bar').first().waitFor()
    expect(await shown.page.locator('.bar').count()).toBeLessThan(4 * 1400)
    expect(shown.complaints).toEqual([])
  })
})

test('the matrix shows every finding in every run', async () => {
  await using shown = await open(browser, sample(), { route: 'matrix' })
  const { page } = shown
  const rows = text(await page.locator('.matrix tbody tr').allInnerTexts())
  expect(rows).toHaveLength(findings.length)
  expect(rows[0]).toMatch(/^program admin .* consistent/)
  const cells = text(
    await page.locator('.matrix tbody tr').nth(1).locator('td .hidden').allInnerTexts(),
  )
  expect(cells).toEqual([
    'failed',
    'passed',
    'passed',
    'passed',
    'failed',
    'passed',
    'failed',
    'passed',
    'passed',
  ])
  expect(text(await page.locator('.matrix th[scope=colgroup]').allInnerTexts())).toEqual([
    'as it is',
    'alone',
    'parallel',
    'serial',
  ])
  await page.getByLabel('Tests that never failed too').check()
  expect(await page.locator('.matrix tbody tr').count()).toBe(120)
})

test('the history shows the last 30 runs, rates and time lost', async () => {
  await using shown = await open(browser, { kind: 'history', history: sample().history! })
  const { page } = shown
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('The last 30 runs')
  const words = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
  expect(words).toContain('time lost to flaky tests 24 min 53 s')
  const [row] = text(await page.locator('table.history tbody tr').allInnerTexts())
  expect(row).toContain('checkout › pays with a saved card')
  expect(row).toContain('10 of 28')
  expect(row).toContain('19 min')
  expect(await page.locator('.strip').first().locator('.mark').count()).toBe(30)
  expect(
    await page
      .getByRole('img', { name: /^failed in 10 of 30 runs, in the latest: passed/ })
      .count(),
  ).toBe(1)
})

test('capacity and quarantine', async () => {
  await using shown = await open(browser, sample(), { route: 'capacity' })
  const { page } = shown
  const words = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
  expect(words).toContain('4 workers on 8 cores: there is room for 4 more workers.')
  expect(words).toMatch(
    /they spent \d+ % with tests and \d+ % with the set-up of workers and lanes;/,
  )
  expect(words).toContain('41000 41001 41002 41003')
  expect(await page.locator('table').first().locator('tbody tr').count()).toBe(4)
  await page.getByRole('link', { name: /^Quarantine/ }).click()
  const quarantine = (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ')
  expect(quarantine).toContain('2 of at most 20, in isolane.quarantine.json')
  expect(quarantine).toContain('2026-11-01 (expired)')
  expect(await page.getByLabel('Entry for the quarantine file').innerText()).toContain(
    '"expires": "2026-12-19"',
  )
  expect(shown.complaints).toEqual([])
})
