import { expect, test } from 'vitest'
import { escape, markdown } from './markdown.ts'
import type { Finding, FlakeReport } from './schema.ts'

const hostile =
  'a | b <img src=x onerror=alert(1)> ``` @team #12 [x](javascript:y) \u001B[31mred\u202Egnp'

function finding(title: string): Finding {
  return {
    test: { key: `a.test.ts > ${title}`, project: '', file: 'a.test.ts', titlePath: [title] },
    verdict: 'parallel-only',
    mechanism: 'race',
    cause: 'unknown',
    confidence: 0.999,
    arms: {
      parallel: { runs: 4, failures: 4 },
      alone: { runs: 9, failures: 0 },
      file: { runs: 0, failures: 0 },
      serial: { runs: 1, failures: 0 },
    },
    first: { error: { name: 'Error', message: `${title}\n\`\`\`\n</details>`, signature: 's' } },
    evidence: [{ kind: 'contrast', detail: title, tests: [title, title], slots: [] }],
    culprits: [],
    impact: 'medium',
    nextSteps: ['Look.'],
    reproduce: `npx vitest run -t '${title}'`,
  }
}

function report(findings: Finding[]): FlakeReport {
  return {
    format: 'isolane.flake/1',
    command: ['vitest'],
    runner: { name: 'vitest', version: '5.1.1' },
    capacity: { cores: 2, workers: 2, maxWorkers: 2, accounts: {}, ports: [] },
    totals: { tests: 5, passed: 4, failed: 1, skipped: 0, missing: 0 },
    wallMs: { parallel: 1000, experiments: 2000 },
    exitCode: 3,
    findings,
  }
}

test('names and messages stay text', () => {
  const text = markdown(report([finding(hostile)]), 'report.json')
  expect(text).not.toContain('\u001B')
  expect(text).not.toContain('\u202E')
  const outside = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')
  expect(outside).not.toMatch(/<img|`|@team|(?<!&)#12|\]\(/)
  expect(outside).toContain('&#64;team &#35;12 &#91;x&#93;')
  const row = outside.split('\n').find((line) => line.startsWith('| <code>'))
  expect(row?.match(/\|/g)).toHaveLength(8)
  expect(outside.match(/<details>/g)).toHaveLength(outside.match(/<\/details>/g)?.length ?? 0)
})

test('a fence is longer than any run of backticks in it', () => {
  expect(markdown(report([finding('````')]), 'report.json')).toContain('`````text')
})

test('of a stack, only the frames of the project are shown', () => {
  const failing = finding('x')
  const stack = [
    'Error: one, two',
    '    at add (/shop/orders.ts:3:9)',
    '    at runTest (file:///shop/node_modules/vitest/dist/run.js:1:1)',
    '    at new Promise (<anonymous>)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:90:21)',
  ].join('\n')
  failing.first.error = { name: 'Error', message: 'one, two', signature: 's', stack }
  const text = markdown(report([failing]), 'report.json')
  expect(text).toContain('Error: one, two\n    at add (/shop/orders.ts:3:9)\n```')
})

test('a co-runner that was never beside it does not count as tried', () => {
  const failing = finding('x')
  const never = { runs: 0, failures: 0 }
  const culprit = {
    role: 'co-runner' as const,
    key: 'b.test.ts > y',
    with: never,
    without: { runs: 8, failures: 0 },
  }
  failing.culprits = [culprit]
  expect(markdown(report([failing]), 'report.json')).toContain(
    '(not run with it, fails 0 of 8 without it)',
  )
})

test('no interval and no confidence reaches 100 %', () => {
  const text = markdown(report([finding('x')]), 'report.json')
  expect(text).not.toContain('100 %')
  expect(text).toContain('| 4 of 4<br>over 51 % | 0 of 9<br>under 30 % |')
  expect(text).toContain('| **parallel-only**<br>race | unknown | 99 % |')
})

test('what does not fit is left out and said so', () => {
  const findings = Array.from({ length: 200 }, (_, at) => finding(`test ${at} ${'x'.repeat(200)}`))
  const text = markdown(report(findings), 'report.json', 20_000)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000)
  expect(text).toMatch(/_1\d\d more findings do not fit here/)
  expect(text).toContain('report.json')
})

test('escape keeps words readable', () => {
  expect(escape('sum (of) 1-2 & <b>')).toBe('sum (of) 1-2 &amp; &lt;b&gt;')
})
