/** `npm run bench -- <name> [--json]`: every figure that Isolane publishes, as a command. */
import { parseArgs } from 'node:util'
import { file } from './file.ts'
import { fresh } from './fresh.ts'
import { guard } from './guard.ts'
import { many } from './many.ts'
import { pool } from './pool.ts'
import { report } from './report.ts'
import { reset } from './reset.ts'
import { sandbox } from './sandbox.ts'
import { supervise } from './supervise.ts'
import type { BenchResult, Figure, Row } from './figure.ts'

const benches: Readonly<
  Record<string, { says: string; run: (rounds: number) => Promise<BenchResult> }>
> = {
  file: {
    says: 'where the time of one trivial file goes, beside --pool=forks and a process that does nothing',
    run: file,
  },
  fresh: {
    says: '60 files of 250 ms, a fresh 100 MiB database for each, beside no database',
    run: fresh,
  },
  guard: {
    says: 'suites that behave well, with the guard and the record of touches, beside the same without',
    run: guard,
  },
  many: {
    says: '1,000 trivial files: time per file and memory of the main process, at first and at last',
    run: many,
  },
  pool: {
    says: '100 trivial files, a fresh database and port for each, beside --pool=forks and threads',
    run: pool,
  },
  report: {
    says: 'a run in which nothing fails, and one of 10,000 tests, beside the same without us',
    run: report,
  },
  reset: {
    says: 'a database back at its base before every test, beside what suites do',
    run: reset,
  },
  sandbox: {
    says: 'suites and single processes in sandboxes, beside the same without (Linux)',
    run: sandbox,
  },
  supervise: {
    says: 'the limit of a hang to its printed stack, a crash to its rerun, beside what is promised',
    run: supervise,
  },
}

/** Benches that take words of their own and count what is right instead of comparing times. */
const others: Readonly<
  Record<string, { says: string; run: (words: readonly string[]) => Promise<number> }>
> = {
  zoo: {
    says: 'isolane flake on suites with known flaky tests (--help says more)',
    run: async (words) => (await import('./zoo.ts')).main(words),
  },
  simulation: {
    says: 'the same on 10,000 made-up suites: are verdicts as sure as they say?',
    run: async (words) => await (await import('./simulation.ts')).main(words),
  },
}
const other = others[process.argv[2] ?? '']
if (other !== undefined) process.exit(await other.run(process.argv.slice(3)))

const usage = [
  'Usage: npm run bench -- <name> [--rounds N] [--json]',
  '',
  ...Object.entries({ ...benches, ...others }).map(
    ([name, { says }]) => `  ${name.padEnd(10)} ${says}`,
  ),
  '',
  'Arms run in alternation within one run; a figure is the median of the ratios of its rounds. Progress goes to',
  'stderr. Exit code 1: a goal was missed.',
].join('\n')

let parsed
try {
  parsed = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
}

const { values, positionals } = parsed
const [name, ...more] = positionals
const rounds = Number(values.rounds)
if (values.help) {
  console.log(usage)
  process.exit(0)
}
if (name === undefined || more.length > 0) fail('Name one bench.')
const bench = benches[name]
if (bench === undefined) fail(`There is no bench "${name}".`)
if (!(Number.isInteger(rounds) && rounds > 0))
  fail(`--rounds takes a whole number, not "${values.rounds}".`)

const { figures, tables = {} } = await bench.run(rounds)
if (values.json) console.log(JSON.stringify({ bench: name, rounds, figures, tables }, null, 2))
else {
  for (const figure of figures) console.log(`\n${line(figure)}`)
  for (const [title, rows] of Object.entries(tables)) console.log(`\n${table(title, rows)}`)
}
process.exitCode = figures.every(({ ratio, goal }) => ratio <= goal) ? 0 : 1

function line({ what, ours, theirs, ratio, goal, oursMs, theirsMs, ratios, unit }: Figure): string {
  const verdict = ratio <= goal ? 'reached' : 'missed'
  const between =
    ratios === undefined
      ? ''
      : `, ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
  return [
    what,
    `  ${ours} ${spread(oursMs, unit)}, ${theirs} ${spread(theirsMs, unit)}`,
    `  ratio ${ratio.toFixed(2)}${between} (goal <= ${goal.toFixed(2)}: ${verdict})`,
  ].join('\n')
}

function table(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length))
  const lines = rows.map(
    ({ what, medianMs, unit = 'ms' }) => `  ${what.padEnd(width)}  ${medianMs.toFixed(1)} ${unit}`,
  )
  return [title, ...lines].join('\n')
}

function spread(values: readonly number[], unit: Figure['unit']): string {
  const text = (value: number): string => (unit === undefined ? value / 1000 : value).toFixed(2)
  const sorted = values.toSorted((a, b) => a - b).map(text)
  return `${sorted[Math.floor(sorted.length / 2)]} ${unit ?? 's'} (${sorted[0]}-${sorted.at(-1)})`
}

function fail(message: string): never {
  console.error(`${message}\n\n${usage}`)
  process.exit(2)
}
