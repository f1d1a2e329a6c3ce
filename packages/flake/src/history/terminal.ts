import pc from 'picocolors'
import { withoutCommands } from '../report/github.ts'
import { count, duration, failed, interval, tally } from '../report/figures.ts'
import { plainText } from '../report/names.ts'
import type { TerminalOptions } from '../report/terminal.ts'
import { firstLines, gap, row, wrap } from '../report/text-table.ts'
import type { Line } from '../report/text-table.ts'
import { isFlaky } from '../verdict/verdict.ts'
import type { History } from './schema.ts'

type Paint = ReturnType<typeof pc.createColors>

const mostTests = 40
const mostCells = 60
const mostCommits = 10
const narrowestName = 24
const widestName = 60
const widths = { failed: 10, rate: 10, verdict: 15, lost: 12 }

/** How the history is drawn. */
export interface HistoryTableOptions extends TerminalOptions {
  /** The rates of each commit too. */
  readonly commits?: boolean
}

/**
 * The history for people: a line of totals, then the tests that cost the most with a strip of runs for each; as a table
 * where there is room for one.
 */
export function historyTable(
  history: History,
  { width, color, commits = false }: HistoryTableOptions,
): string {
  const paint = pc.createColors(color)
  const { runs, tests, moreTests } = history
  if (runs.length === 0) return 'No run is remembered yet.'
  const lines = ['', totals(history, paint), '']
  if (tests.length === 0) return withoutCommands([...lines, 'No test failed in them.'].join('\n'))
  const shown = tests.slice(0, mostTests)
  const strip = Math.min(runs.length, mostCells)
  const room = width - columnsWidth(strip)
  lines.push(
    ...(room < narrowestName
      ? shown.flatMap((test) => [
          ...entry(test, Math.max(width, 40), paint),
          ...(commits ? commitLines(test, paint) : []),
          '',
        ])
      : table(shown, strip, Math.min(widestName, room), commits, paint)),
  )
  const left = moreTests + tests.length - shown.length
  if (left > 0) lines.push(paint.dim(`and ${count(left)} that lost less time`), '')
  lines.push(
    paint.dim('newest right: · passed  x failed  s skipped  ? no result  - not in the run'),
  )
  return withoutCommands(lines.join('\n'))
}

function columnsWidth(strip: number): number {
  const all = [Math.max(strip, 9), ...Object.values(widths)]
  return all.reduce((sum, one) => sum + one + gap.length, 0)
}

function table(
  tests: readonly TestHistory[],
  strip: number,
  name: number,
  commits: boolean,
  paint: Paint,
): string[] {
  const all = [name, Math.max(strip, 9), widths.failed, widths.rate, widths.verdict, widths.lost]
  const titles = ['test', `last ${strip} →`, 'failed', 'rate', 'verdict']
  const head = [...titles, 'time lost'.padStart(widths.lost)]
  const lines = [
    ...row(
      head.map((text) => [{ text, paint: paint.bold }]),
      all,
    ),
    paint.dim('─'.repeat(name + columnsWidth(strip))),
  ]
  for (const test of tests) {
    const { key, cells, rate, lostMs } = test
    const { verdict, shade } = verdictOf(test, paint)
    const columns: Line[][] = [
      firstLines(wrap(plainText(key), name), 4, name).map((text) => ({ text })),
      [{ text: stripOf(cells, strip), paint: (text) => painted(text, paint) }],
      [{ text: tally(rate) }],
      [{ text: interval(rate), paint: paint.dim }],
      [{ text: verdict, paint: shade }],
      [{ text: lostOf(lostMs).padStart(widths.lost) }],
    ]
    lines.push(...row(columns, all), ...(commits ? commitLines(test, paint) : []))
  }
  return [...lines, '']
}

function entry(test: TestHistory, width: number, paint: Paint): string[] {
  const { key, cells, rate, lostMs } = test
  const { verdict, shade } = verdictOf(test, paint)
  const facts = `failed ${tally(rate)} (${interval(rate)}), ${verdict}`
  const lost = lostMs === 0 ? '' : `, ${duration(lostMs)} lost`
  const indent = '   '
  return [
    ...firstLines(wrap(plainText(key), width), 4, width).map((line) => paint.bold(line)),
    indent + painted(stripOf(cells, Math.min(mostCells, width - indent.length)), paint),
    ...wrap(facts + lost, width - indent.length).map((line) => indent + shade(line)),
  ]
}

// With the experiments beside other tests, as the history counts them.
function commitLines({ commits }: TestHistory, paint: Paint): string[] {
  return commits
    .slice(0, mostCommits)
    .map(({ commit, ...rate }) =>
      paint.dim(`   ${plainText(commit).slice(0, 8).padEnd(8)}${gap}${failed(rate)}`),
    )
}

type TestHistory = History['tests'][number]

function verdictOf({ verdicts }: TestHistory, paint: Paint) {
  const verdict = verdicts.at(-1)
  const shade = verdict === undefined ? paint.dim : isFlaky(verdict) ? paint.yellow : paint.red
  return { verdict: verdict ?? '–', shade }
}

function stripOf(cells: string, length: number): string {
  return cells.slice(-length).replaceAll('.', '·')
}

function lostOf(ms: number): string {
  return ms === 0 ? '–' : duration(ms)
}

function totals({ runs, totals: all }: History, paint: Paint): string {
  const times = (number: number): string => (number === 1 ? '1 run' : `${number} runs`)
  return [
    paint.bold(times(runs.length)),
    all.redRuns === 0 ? paint.green('none red') : paint.red(`${all.redRuns} red`),
    ...(all.onlyFlakyRuns > 0
      ? [paint.yellow(`${all.onlyFlakyRuns} for nothing but flaky tests`)]
      : []),
    `${duration(all.lostMs)} lost to flaky tests`,
  ].join(paint.dim(' · '))
}

function painted(cells: string, paint: Paint): string {
  return cells
    .split('')
    .map((cell) =>
      cell === 'x' ? paint.red(cell) : cell === '·' ? paint.green(cell) : paint.dim(cell),
    )
    .join('')
}
