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

test.each(['npm test', 'npx jest', 'node test.js', 'make', ''])('"%s" is refused', (line) => {
  expect(() => parseCommand(line === '' ? [] : words(line))).toThrow(
    expect.objectContaining({ code: 'ISOLANE_OPTION' }) as Error,
  )
})

test.each(['vitest list', 'vitest bench', 'playwright install', 'playwright test --list'])(
  '"%s" runs no tests and is refused',
  (line) => {
    expect(() => recognise(words(line), '/nowhere')).toThrow(
      expect.objectContaining({ code: 'ISOLANE_OPTION' }) as Error,
    )
  },
)

const paths = { record: '/r.jsonl', output: '/out' }
const ref = { key: 'k', project: 'web', file: 'a.test.ts', line: 7, titlePath: ['a (b)', 'c'] }
const ours = expect.stringMatching(/^--reporter=.*\/runners\/.*\/reporter\.js$/) as string

test('Vitest runs once, with what the user asked for', () => {
  const { first, parallel, serial, alone } = recognise(
    words('vitest --watch src -t smoke --retry 2 --coverage --maxWorkers 4 --outputFile.json=x'),
    '/nowhere',
  )
  expect(first(paths).argv).toEqual([
    ...words('vitest run src -t smoke --retry 2 --coverage --maxWorkers 4 --outputFile.json=x'),
    ours,
  ])
  const arm = ['--retry=0', '--bail=0', '--coverage.enabled=false', '--includeTaskLocation']
  const end = ['--reporter=dot', ours]
  expect(parallel(paths).argv).toEqual([
    ...words('vitest run src -t smoke --maxWorkers 4'),
    ...arm,
    ...end,
  ])
  expect(serial(paths).argv).toEqual([
    ...words('vitest run src -t smoke'),
    ...arm,
    '--no-file-parallelism',
    ...end,
  ])
  expect(alone(ref, 1, paths).argv).toEqual([
    ...words('vitest run /nowhere/a.test.ts'),
    ...arm,
    '--no-file-parallelism',
    '--project=web',
    String.raw`--testNamePattern=^a \(b\) > c$`,
    ...end,
  ])
})

test('Playwright runs once, with what the user asked for', () => {
  const { first, alone, parallel } = recognise(
    words('playwright test --ui e2e -c flaky --project a b --retries=2 --workers 4 --grep x'),
    '/nowhere',
  )
  expect(first(paths).argv).toEqual(
    words('playwright test e2e -c flaky --project a b --retries=2 --workers 4 --grep x'),
  )
  const end = ['--retries=0', '--max-failures=0', '--output=/out', ours]
  expect(parallel(paths).argv).toEqual([
    ...words('playwright test e2e -c flaky --project a b --workers 4 --grep x'),
    ...end,
  ])
  expect(alone(ref, 3, paths).argv).toEqual([
    ...words(String.raw`playwright test /nowhere/a\.test\.ts:7 -c flaky --project=web`),
    String.raw`--grep=(?:^|[ /])a\.test\.ts a \(b\)(?: @\S+)* c(?: @\S+)*$`,
    ...words('--workers=1 --repeat-each=3'),
    ...end,
  ])
})
