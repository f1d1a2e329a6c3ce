import { parseArgs } from 'node:util'
import { checkArrows } from './checks/arrows.ts'
import type { Check } from './checks/check.ts'
import { checkDocsCode } from './checks/docs-code.ts'
import { checkFileSize } from './checks/file-size.ts'
import { checkLockFile } from './checks/lock-file.ts'
import { checkPacked } from './checks/packed.ts'
import { root, runTool } from './checks/tool.ts'

/** More at once gains nothing: the slow ones use several cores by themselves. */
const atOnce = 2

const checks: readonly Check[] = [
  {
    name: 'packages',
    promise: 'every packed package can be installed and imported, types included',
    run: () => checkPacked(root),
  },
  {
    name: 'types',
    promise: 'everything compiles, tests and scripts included',
    run: checkTypes,
  },
  {
    name: 'lint',
    promise: 'no rule of .oxlintrc.json is broken',
    run: () => runTool('oxlint', '--type-aware', '--deny-warnings'),
  },
  {
    name: 'format',
    promise: 'every file is formatted (npm run format)',
    run: () => runTool('oxfmt', '--check'),
  },
  {
    name: 'unused',
    promise: 'no file, export or dependency is unused',
    run: () => runTool('knip', '--no-progress', '--no-config-hints'),
  },
  {
    name: 'docs',
    promise: 'the TypeScript in documents and docstrings compiles',
    run: () => checkDocsCode(root),
  },
  {
    name: 'arrows',
    promise: 'imports go only along the arrows between rooms',
    run: async () => checkArrows(root).join('\n'),
  },
  {
    name: 'lock',
    promise: 'package-lock.json names no registry and agrees with the packages',
    run: async () => checkLockFile(root).join('\n'),
  },
  {
    name: 'size',
    promise: 'no file of code is longer than 500 lines',
    run: async () => checkFileSize(root).join('\n'),
  },
]

const usage = `Usage: npm run check [-- <check>…]

Runs every check, or only the named ones:
${checks.map(({ name, promise }) => `  ${name.padEnd(10)}${promise}`).join('\n')}
`

async function checkTypes(): Promise<string> {
  const outputs = [await runTool('tsc', '-b'), await runTool('tsc', '-p', 'playground')]
  return outputs.filter((output) => output !== '').join('\n')
}

async function runCheck({ name, run }: Check): Promise<boolean> {
  const startedAt = performance.now()
  const problems = await run().catch(
    (error: unknown) => `The check itself failed: ${String(error)}`,
  )
  const duration = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
  const state = problems === '' ? 'ok' : 'failed'
  process.stdout.write(`${name.padEnd(10)}${state.padEnd(8)}${duration.padStart(7)}\n`)
  if (problems !== '') process.stdout.write(`\n${problems.trimEnd()}\n\n`)
  return problems === ''
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) {
    process.stdout.write(usage)
    return 0
  }
  const unknown = positionals.filter((name) => !checks.some((check) => check.name === name))
  if (unknown.length > 0) {
    process.stderr.write(`No check is called ${unknown.join(', ')}.\n\n${usage}`)
    return 2
  }
  const waiting = checks.filter(
    ({ name }) => positionals.length === 0 || positionals.includes(name),
  )
  const failed: string[] = []
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await runCheck(check))) failed.push(check.name)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(', ')}\n`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = await main()
