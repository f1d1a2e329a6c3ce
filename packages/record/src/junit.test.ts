import { expect, test } from 'vitest'
import { junitLines } from './junit.ts'
import type { JUnitFacts } from './junit.ts'

const facts: JUnitFacts = {
  path: 'out.xml',
  cwd: '/project',
  runner: { name: 'pytest', version: '9' },
  startedMs: 1000,
  passed: false,
  workers: 1,
}

// As pytest 9 (xunit1) and node:test of Node.js 24 write it.
const pytest = `<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" timestamp="2026-11-21T17:17:59.500000+00:00">
<testcase classname="test_a.TestA" name="test_ok" file="test_a.py" line="2" time="0.25" />
<testcase classname="test_a.TestA" name="test_p[2]" file="test_a.py" line="3" time="0.001"><failure message="AssertionError: bad &amp; &lt;x&gt;&#10;assert 2 == 1">&gt; boom
test_a.py:5: AssertionError</failure></testcase>
<testcase classname="test_a" name="test_s" file="test_a.py" line="6" time="0"><skipped message="no"/></testcase>
</testsuite></testsuites>`
const nodeTest = `<testsuites><testsuite name="d" timestamp="2026-11-21T17:18:04.659Z">
<testcase name="ok" time="0.007" classname="d" file="/project/a.test.mjs"/>
<testcase name="bad" time="0.001" classname="d" file="/project/a.test.mjs" failure="1 == 2"><failure type="testCodeFailure" message="1 == 2">Error</failure></testcase>
</testsuite><testcase name="top" time="0" classname="test" file="/project/a.test.mjs"/></testsuites>`
const surefire = `<testsuite name="com.x.ATest"><testcase name="flaky" classname="com.x.ATest" time="1"><flakyFailure message="x"/><flakyFailure message="y"/></testcase>
<testcase name="bad" classname="com.x.ATest"><failure message="z"/><rerunFailure message="z"/></testcase></testsuite>`

function attempts(...files: string[]): unknown[] {
  return junitLines(files, facts).flatMap((line) =>
    line.kind === 'attempt' ? [[line.key, line.outcome, line.retry]] : [],
  )
}

test('tests of pytest keep their module, class and parameters', () => {
  expect(attempts(pytest)).toEqual([
    ['test_a.py > TestA > test_ok', 'passed', 0],
    ['test_a.py > TestA > test_p[2]', 'failed', 0],
    ['test_a.py > test_s', 'skipped', 0],
  ])
  const failed = junitLines([pytest], facts).find(
    (line) => line.kind === 'attempt' && line.outcome === 'failed',
  )
  expect(failed).toMatchObject({
    line: 4,
    worker: 'main',
    order: 1,
    startMs: Date.parse('2026-11-21T17:17:59.750Z'),
    error: { name: 'AssertionError', message: 'bad & <x>\nassert 2 == 1' },
  })
})

test('properties say which worker ran a test, and since when', () => {
  const of = (name: string, worker: string, start: string): string =>
    `<testcase classname="test_a" name="${name}" file="test_a.py" time="0.5"><properties>
<property name="isolane.worker" value="${worker}"/><property name="isolane.start" value="${start}"/></properties></testcase>`
  const cases = [of('one', 'gw0', '1795000000.25'), of('two', 'gw1', '1795000000.5')]
  const text = `<testsuite name="pytest">${cases.join('')}${of('three', 'gw0', 'soon')}</testsuite>`
  const lines = junitLines([text], { ...facts, workers: 2 })
  expect(lines.filter(({ kind }) => kind === 'attempt')).toMatchObject([
    { worker: 'gw0', slot: 1, order: 0, startMs: 1795000000250, endMs: 1795000000750 },
    { worker: 'gw1', slot: 2, order: 0, startMs: 1795000000500, endMs: 1795000001000 },
    { worker: 'gw0', slot: 1, order: 1, startMs: 1795000001000 },
  ])
})

test('tests of node:test keep their suites', () => {
  expect(attempts(nodeTest)).toEqual([
    ['a.test.mjs > d > ok', 'passed', 0],
    ['a.test.mjs > d > bad', 'failed', 0],
    ['a.test.mjs > top', 'passed', 0],
  ])
})

test('a class that is the file is no title', () => {
  const byFile = `<testsuite name="all"><testcase name="one" classname="a/b.mjs" file="a/b.mjs"/></testsuite>`
  expect(attempts(byFile)).toEqual([['a/b.mjs > one', 'passed', 0]])
})

test('reruns are attempts of one test', () => {
  expect(attempts(surefire)).toEqual([
    ['com.x.ATest > flaky', 'failed', 0],
    ['com.x.ATest > flaky', 'failed', 1],
    ['com.x.ATest > flaky', 'passed', 2],
    ['com.x.ATest > bad', 'failed', 0],
    ['com.x.ATest > bad', 'failed', 1],
  ])
})

test('two files are one run', () => {
  expect(attempts(surefire, nodeTest)).toHaveLength(8)
})

test.each([
  ['<testsuite><testcase name="a', /out\.xml is not XML/],
  ['no xml', /out\.xml is not XML/],
  ['', /out\.xml is not XML/],
  ['<html></html>', /out\.xml is no JUnit file/],
])('%j is refused', (text, message) => {
  expect(() => junitLines([text], facts)).toThrow(
    expect.objectContaining({
      code: 'ISOLANE_RECORD',
      message: expect.stringMatching(message) as string,
    }) as Error,
  )
})
