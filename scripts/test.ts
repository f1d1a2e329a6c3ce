import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runGroup } from './run-group.ts'
import { closingLine, failedCount, type SuiteResult } from './test-results.ts'
import { runsFor, suiteNames } from './test-suites.ts'

const usage = `Usage: npm test [-- <suite>…]

Runs every test of the repository, or only the named suites:
  ${suiteNames.join(', ')}

Ends with one line of counts; the exit code is 0 when nothing failed and every suite had tests.
`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  })
  if (values.help === true) {
    process.stdout.write(usage)
    return 0
  }
  const unknown = positionals.filter((name) => !suiteNames.includes(name))
  if (unknown.length > 0) {
    process.stderr.write(`No suite is called ${unknown.join(', ')}.\n\n${usage}`)
    return 2
  }
  const reports = mkdtempSync(join(tmpdir(), 'isolane-test-reports-'))
  process.once('exit', () => rmSync(reports, { recursive: true, force: true }))
  const results: SuiteResult[] = []
  for (const run of runsFor(positionals, reports)) {
    process.stdout.write(`\n${run.title}\n`)
    const exitCode = await runGroup(run.args, { cwd: run.cwd, env: run.env })
    results.push(...run.read(exitCode))
  }
  printSummary(results)
  return failedCount(results) === 0 ? 0 : 1
}

function printSummary(results: readonly SuiteResult[]): void {
  process.stdout.write('\n')
  const width = Math.max(...results.map(({ name }) => name.length))
  for (const { name, counts, failures, problems } of results) {
    const { passed, failed, skipped } = counts
    process.stdout.write(
      `${name.padEnd(width)}  passed: ${passed}   failed: ${failed}   skipped: ${skipped}\n`,
    )
    for (const line of [...failures, ...problems]) {
      process.stdout.write(`${' '.repeat(width)}  ${line}\n`)
    }
  }
  process.stdout.write(`\n${closingLine(results)}\n`)
}

process.exitCode = await main()
