import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { behindScripts } from './npm-script.ts'

const words = (line: string): string[] => line.split(' ')
let dir: string

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'isolane-script-'))
  const scripts = {
    test: 'npm run unit',
    unit: `vitest run --reporter=dot -t 'a b'`,
    e2e: 'playwright test',
    pretidy: 'rm -rf out',
    tidy: 'jest',
    both: 'tsc && vitest run --coverage; echo done',
    with: 'NODE_ENV=test jest',
    files: 'vitest run src/*.test.ts',
    loop: 'npm run loop',
  }
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ scripts }))
})

afterAll(() => rmSync(dir, { recursive: true }))

const unit = ['vitest', 'run', '--reporter=dot', '-t', 'a b']

test.each([
  ['npm test', unit],
  ['npm t -- -- --bail 1', [...unit, '--bail', '1']],
  ['npm --version', ['npm', '--version']],
  ['npm run unit --silent -- --bail 1', [...unit, '--bail', '1']],
  ['npm run-script e2e', ['playwright', 'test']],
  ['pnpm e2e --workers=2', ['playwright', 'test', '--workers=2']],
  ['pnpm vitest run', ['pnpm', 'vitest', 'run']],
  ['yarn test', unit],
  ['bun run e2e', ['playwright', 'test']],
  ['npm run nothing', ['npm', 'run', 'nothing']],
  ['npm run loop', ['npm', 'run', 'loop']],
  ['npx vitest run', ['npx', 'vitest', 'run']],
])('"%s" is %j', (line, behind) => {
  expect(behindScripts(words(line), dir)).toEqual(behind)
})

test.each([
  ['tidy', 'the script is "jest", and "pretidy" run with it', 'npx jest'],
  [
    'both',
    'the script is "tsc && vitest run --coverage; echo done", and a shell makes more of it',
    'npx vitest run --coverage',
  ],
  ['with', 'the script is "NODE_ENV=test jest", and a shell makes more of it', 'npx jest'],
  [
    'files',
    'the script is "vitest run src/*.test.ts", and a shell makes more of it',
    'npx vitest run src/*.test.ts',
  ],
])('a script is refused that is more than one command: %s', (name, why, direct) => {
  expect(() => behindScripts(['npm', 'run', name], dir)).toThrow(
    expect.objectContaining({
      code: 'ISOLANE_OPTION',
      message: `isolane flake cannot run "npm run ${name}": ${why}\nHint: give the runner itself: isolane flake -- ${direct}`,
    }) as Error,
  )
})

test('without a package.json every command is as it is', () => {
  expect(behindScripts(['npm', 'test'], join(dir, 'nowhere'))).toEqual(['npm', 'test'])
})
