import { expect, test } from 'vitest'
import { parseCommand } from './command.ts'
import { recognise } from './recognise.ts'

const words = (line: string): string[] => line.split(' ')

test.each([
  ['vitest', 'vitest', [], 'vitest'],
  ['vitest run a --reporter x', 'vitest', ['run', 'a', '--reporter', 'x'], 'vitest'],
  ['npx vitest run', 'npx vitest', ['run'], 'vitest'],
  ['npx --yes vitest run', 'npx --yes vitest', ['run'], 'vitest'],
  ['npm exec vitest run --bail 1', 'npm exec -- vitest', ['run', '--bail', '1'], 'vitest'],
  ['npm exec -- vitest run', 'npm exec -- vitest', ['run'], 'vitest'],
  ['pnpm exec playwright test', 'pnpm exec playwright', ['test'], 'playwright'],
  ['npx jest --ci src', 'npx jest', ['--ci', 'src'], 'jest'],
  ['node node_modules/jest/bin/jest.js', 'node node_modules/jest/bin/jest.js', [], 'jest'],
  ['yarn playwright test', 'yarn playwright', ['test'], 'playwright'],
  ['./node_modules/.bin/vitest run', './node_modules/.bin/vitest', ['run'], 'vitest'],
  [
    'node node_modules/vitest/vitest.mjs run',
    'node node_modules/vitest/vitest.mjs',
    ['run'],
    'vitest',
  ],
])('%s', (line, launcher, args, runner) => {
  expect(parseCommand(words(line))).toEqual({ runner, launcher: words(launcher), args })
})

test.each(['npm test', 'npx ava', 'node test.js', 'make', ''])('"%s" is refused', (line) => {
  expect(() => parseCommand(line === '' ? [] : words(line))).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION' }) as Error,
  )
})

test.each([
  'vitest list',
  'vitest bench',
  'jest --listTests',
  'playwright install',
  'playwright test --list',
])('"%s" runs no tests and is refused', (line) => {
  expect(() => recognise(words(line), '/nowhere')).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION' }) as Error,
  )
})

const paths = { record: '/r.jsonl', output: '/out', selection: '/selection.json' }
const ref = { key: 'k', project: 'web', file: 'a.test.ts', line: 7, titlePath: ['a (b)', 'c'] }
const ours = expect.stringMatching(/^--reporter=.*\/runners\/.*\/reporter\.js$/) as string

test('Vitest runs once, with what the user asked for', () => {
  const { first, arm } = recognise(
    words('vitest --watch src -t smoke --retry 2 --coverage --maxWorkers 4 --outputFile.json=x'),
    '/nowhere',
  )
  expect(first(paths).argv).toEqual([
    ...words('vitest run src -t smoke --retry 2 --coverage --maxWorkers 4 --outputFile.json=x'),
    ours,
  ])
  const inArm = ['--retry=0', '--bail=0', '--coverage.enabled=false', '--includeTaskLocation']
  const end = ['--reporter=dot', ours]
  expect(arm({}, paths).argv).toEqual([
    ...words('vitest run src -t smoke --maxWorkers 4'),
    ...inArm,
    ...end,
  ])
  expect(arm({ workers: 1 }, { ...paths, seed: 7 }).argv).toEqual([
    ...words('vitest run src -t smoke --no-file-parallelism'),
    ...inArm,
    '--sequence.seed=7',
    ...end,
  ])
  const alone = arm({ tests: [ref], workers: 1, times: 3 }, paths)
  expect(alone.argv).toEqual([
    ...words('vitest run /nowhere/a.test.ts --no-file-parallelism --project=web'),
    String.raw`--testNamePattern=^a \(b\) > c$`,
    ...inArm,
    ...end,
  ])
  expect(alone.selection).toBe('{"files":["web a.test.ts"],"tests":{},"times":3}')
})

test('Vitest is told which tests of which files run, and in which order', () => {
  const { arm } = recognise(words('vitest run'), '/nowhere')
  const other = { ...ref, key: 'o', titlePath: ['o'] }
  const file = { key: 'b.test.ts', project: '', file: 'b.test.ts', titlePath: [] }
  const { argv, env, selection } = arm({ tests: [file, other, ref], workers: 2, times: 1 }, paths)
  expect(argv.slice(0, 6)).toEqual(
    words('vitest run /nowhere/b.test.ts /nowhere/a.test.ts --maxWorkers=2 --fileParallelism'),
  )
  // Beside others a test may touch what is theirs too; alone nobody asks.
  expect(env).toEqual({
    ISOLANE_RECORD: '/r.jsonl',
    ISOLANE_SELECTION: '/selection.json',
    ISOLANE_TOUCHES: '/r.jsonl.touches',
    NODE_OPTIONS: expect.stringMatching(/--require "[^"]+preload\.cjs"$/) as string,
  })
  expect(JSON.parse(selection ?? '')).toEqual({
    files: [' b.test.ts', 'web a.test.ts'],
    tests: { 'web a.test.ts': [['o'], ['a (b)', 'c']] },
    times: 1,
  })
})

test('pytest names the tests that run, in their order, on so many workers', () => {
  const { first, arm, abilities } = recognise(words('pytest -q -x -n4 -k smoke tests'), '/nowhere')
  const end = words('-p isolane_pytest --junitxml=/r.jsonl.xml -o junit_family=xunit1')
  expect(first(paths).argv).toEqual([...words('pytest -q -x -n 4 -k smoke tests'), ...end])
  expect(arm({}, paths).argv).toEqual([...words('pytest -q -n 4 -k smoke tests'), ...end])
  expect(arm({ workers: 1 }, paths).argv).toEqual([
    ...words('pytest -q -k smoke tests -n0'),
    ...end,
  ])
  const one = { key: 'a', project: '', file: 'tests/test_a.py', titlePath: ['TestA', 'test_p[1]'] }
  const file = { key: 'b', project: '', file: 'tests/test_b.py', titlePath: [] }
  expect(arm({ tests: [file, one], workers: 1, times: 1 }, paths).argv).toEqual([
    ...words('pytest -q -n0 tests/test_b.py tests/test_a.py::TestA::test_p[1]'),
    ...end,
  ])
  expect(abilities).toMatchObject({ reorders: true, scales: true })
  expect(recognise(words('python -m pytest'), '/nowhere').abilities.scales).toBe(false)
})

test('node:test is asked by the full names of tests', () => {
  const { arm, reproduceAlone } = recognise(words('node --test src'), '/nowhere')
  expect(arm({ tests: [ref], workers: 1, times: 1 }, paths).argv).toEqual([
    ...words('node --test --test-concurrency=1'),
    String.raw`--test-name-pattern=^a \(b\) c$`,
    ...words('--test-reporter=spec --test-reporter-destination=stdout'),
    expect.stringMatching(/^--test-reporter=.*\/node-test\/reporter\.js$/) as string,
    ...words('--test-reporter-destination=stdout a.test.ts'),
  ])
  expect(reproduceAlone(ref, 1)).toBe(
    String.raw`node --test '--test-name-pattern=^a \(b\) c$' a.test.ts`,
  )
})

test('node:test keeps the reporters that the user asked for in the first run only', () => {
  const ours = expect.stringMatching(/^--test-reporter=.*\/node-test\/reporter\.js$/) as string
  const to = '--test-reporter-destination'
  const one = recognise(words('node --test --test-reporter tap'), '/nowhere')
  expect(one.first(paths).argv).toEqual([
    ...words(`node --test --test-reporter tap ${to}=stdout`),
    ...[ours, `${to}=stdout`],
  ])
  expect(one.arm({ workers: 1 }, paths).argv).toEqual([
    ...words(`node --test --test-concurrency=1 --test-reporter=spec ${to}=stdout`),
    ...[ours, `${to}=stdout`],
  ])
  const placed = recognise(words(`node --test --test-reporter=dot ${to}=out a`), '/nowhere')
  expect(placed.first(paths).argv).toEqual([
    ...words(`node --test --test-reporter=dot ${to}=out`),
    ...[ours, `${to}=stdout`, 'a'],
  ])
})

test('any other command runs as it is, and its tests by a command of their own', () => {
  const junit = { files: 'out/*.xml', rerun: "runner --only '{id}' --log 'a b' {file}" }
  const { first, arm } = recognise(words('make test'), '/nowhere', junit)
  expect(first(paths).argv).toEqual(words('make test'))
  expect(arm({ tests: [ref], workers: 1, times: 1 }, paths).argv).toEqual([
    ...['runner', '--only', 'a.test.ts::a (b)::c', '--log', 'a b', 'a.test.ts'],
  ])
  for (const rerun of ['runner', '', "runner '{id}"]) {
    expect(() => recognise(words('make'), '/nowhere', { files: 'x', rerun })).toThrow(
      expect.objectContaining({ code: 'ISOLANE_OPTION' }) as Error,
    )
  }
})

test('Playwright runs once, with what the user asked for', () => {
  const { first, arm } = recognise(
    words('playwright test --ui e2e -c flaky --project a b --retries=2 --workers 4 --grep x'),
    '/nowhere',
  )
  expect(first(paths).argv).toEqual(
    words('playwright test e2e -c flaky --project a b --retries=2 --workers 4 --grep x'),
  )
  const end = ['--retries=0', '--max-failures=0', '--output=/out', ours]
  expect(arm({}, paths).argv).toEqual([
    ...words('playwright test e2e -c flaky --project a b --workers 4 --grep x'),
    ...end,
  ])
  expect(arm({ tests: [ref], workers: 1, times: 3 }, paths).argv).toEqual([
    ...words(String.raw`playwright test /nowhere/a\.test\.ts:7 -c flaky --project=web`),
    String.raw`--grep=(?:^|[ /])a\.test\.ts a \(b\)(?: @\S+)* c(?: @\S+)*$`,
    ...words('--workers=1 --repeat-each=3'),
    ...end,
  ])
  const whole = { ...ref, titlePath: [] }
  expect(arm({ tests: [whole, ref], workers: 2, times: 1 }, paths).argv.slice(0, 9)).toEqual(
    words(
      String.raw`playwright test /nowhere/a\.test\.ts$ /nowhere/a\.test\.ts:7 -c flaky --project=web --workers=2 --repeat-each=1`,
    ),
  )
})
