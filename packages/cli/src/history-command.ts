import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { historyTable, readHistory, writeHistoryPage } from '@isolane/flake'
import { IsolaneError } from '@isolane/record'
import { Command } from 'commander'
import pc from 'picocolors'
import { wholeNumber } from './whole-number.ts'

interface Flags {
  readonly runs: number
  readonly test?: string
  readonly file: string
  readonly html?: string | true
  readonly json?: true
}

const defaultPage = '.isolane/history.html'

const help = `
Examples:
  isolane history
  isolane history --test checkout
  isolane history --runs 100 --html
  isolane history --json

Every isolane flake adds a run. In CI, keep the file .isolane/history.db in the cache.

Exit codes:
  0  the history was shown
  2  there is no history, or an option is wrong
  4  the file cannot be read`

/** `isolane history`: what failed in the last runs, how often, and what it cost. */
export function historyCommand(done: (exitCode: number) => void): Command {
  return new Command('history')
    .description('show which tests failed in the last runs, how often, and the time that was lost')
    .option('--runs <n>', 'so many of the last runs', (text) => wholeNumber(text), 30)
    .option('--test <text>', 'only tests whose name contains this, with their rates at each commit')
    .option('--html [file]', `write a page that opens from disk (default: ${defaultPage})`)
    .option('--file <file>', 'the history', '.isolane/history.db')
    .option('--json', 'print one JSON object instead of a table')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (flags: Flags) => {
      await show(flags)
      done(0)
    })
}

async function show({ runs, test, file, html, json }: Flags): Promise<void> {
  const path = resolve(file)
  if (!existsSync(path)) {
    throw new IsolaneError('ISOLANE_OPTION', {
      message: `There is no history in ${file}`,
      hint: 'it begins with the first isolane flake -- <test command>.',
      details: { path },
    })
  }
  const history = await readHistory(path, { runs, test })
  const { stdout, stderr } = process
  if (html !== undefined) {
    const page = resolve(html === true ? defaultPage : html)
    await writeHistoryPage(page, history)
    stderr.write(`Page: ${relative(process.cwd(), page) || page}\n`)
  }
  if (json === true) stdout.write(`${JSON.stringify(history, null, 2)}\n`)
  else {
    const color = pc.isColorSupported && stdout.isTTY
    stdout.write(
      `${historyTable(history, { width: stdout.columns ?? 120, color, commits: test !== undefined })}\n`,
    )
  }
}
