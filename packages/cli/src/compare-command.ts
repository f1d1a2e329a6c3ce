import { compareRuns, readRun, shellLine } from '@isolane/flake'
import type { Compared, Comparison } from '@isolane/flake'
import { plain } from '@isolane/record/worker'
import { Command } from 'commander'

const most = 20

const examples = `
Examples:
  isolane record --out parallel.jsonl -- npx vitest run
  isolane record --out serial.jsonl -- npx vitest run --no-file-parallelism
  isolane compare parallel.jsonl serial.jsonl
  isolane compare parallel.xml serial.xml
  isolane compare 'out/parallel/*.xml' 'out/serial/*.xml'

Exit codes:
  0  the same tests failed in both runs, and all have a result in both
  1  the runs differ
  2  an option is wrong
  4  a file is neither a record nor JUnit XML, or cannot be read`

/** `isolane compare`: what fails only in one of two runs, and what got slower. */
export function compareCommand(done: (exitCode: number) => void): Command {
  return new Command('compare')
    .description('compare two whole runs: what fails only in one, what got slower')
    .argument('<first>', 'a record, or a JUnit XML file of any runner; a quoted glob for several')
    .argument('<second>', 'another')
    .option('--json', 'print the comparison as JSON')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .action(async (first: string, second: string, flags: { readonly json?: true }) => {
      const runs = [await readRun(first), await readRun(second)] as const
      for (const [at, { end }] of runs.entries()) {
        if (end !== undefined) continue
        const name = at === 0 ? first : second
        process.stderr.write(
          `isolane: ${name} breaks off: the run that it is of did not come to its end\n`,
        )
      }
      const comparison = compareRuns(...runs)
      const text = flags.json ? JSON.stringify(comparison, null, 2) : describe(comparison)
      process.stdout.write(`${text}\n`)
      const { onlyInFirst, onlyInSecond, absent } = comparison
      const failing = onlyInFirst.length > 0 ? first : onlyInSecond.length > 0 ? second : undefined
      if (failing?.endsWith('.jsonl') === true && flags.json !== true) {
        const command = shellLine(['isolane', 'flake', '--from', plain(failing)])
        process.stdout.write(`Find out why: ${command} -- <test command>\n`)
      }
      done(onlyInFirst.length + onlyInSecond.length + absent.length === 0 ? 0 : 1)
    })
}

function describe(comparison: Comparison): string {
  const { tests, failed, onlyInFirst, onlyInSecond, inBoth, absent, slower, stretch } = comparison
  const names = (title: string, list: readonly Compared[], tell = nameOf): string[] =>
    list.length === 0
      ? []
      : [
          `${title} (${list.length}):`,
          ...list.slice(0, most).map((one) => `  ${tell(one)}`),
          ...(list.length > most ? [`  … and ${list.length - most} more`] : []),
        ]
  const lines = [
    `first: ${tests[0]} tests, ${failed[0]} failed · second: ${tests[1]} tests, ${failed[1]} failed`,
    ...names('fails only in the first', onlyInFirst),
    ...names('fails only in the second', onlyInSecond),
    ...names('fails in both', inBoth),
    ...names('has a result in one run only', absent),
    ...names('slower in one', slower, durations),
  ]
  if (absent.length > 0 && absent.length === tests[0] + tests[1]) {
    lines.push('no test has the same name in both: let one reporter write both')
  }
  if (stretch !== undefined) {
    lines.push(
      `the first took ${stretch.toFixed(1)} times as long for a test as the second (median)`,
    )
  }
  return lines.join('\n')
}

function nameOf({ key }: Compared): string {
  return plain(key)
}

function durations({ key, durationMs: [first, second] }: Compared): string {
  return `${plain(key)}: ${Math.round(first)} ms and ${Math.round(second)} ms`
}
