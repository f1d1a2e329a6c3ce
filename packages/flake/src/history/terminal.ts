import pc from 'picocolors'
import { withoutCommands } from '../report/github.ts'
import { count, duration, interval } from '../report/figures.ts'
import { plainText } from '../report/names.ts'
import type { TerminalOptions } from '../report/terminal.ts'
import { isFlaky } from '../verdict/verdict.ts'
import type { History } from './schema.ts'

type Paint = ReturnType<typeof pc.createColors>

const gap = '  '
const mostTests = 40

/** The history for people: a line of totals, then the tests that cost the most, a strip of runs for each. */
export function historyTable(history: History, { width, color }: TerminalOptions): string {
  const paint = pc.createColors(color)
  const { runs, tests, moreTests } = history
  if (runs.length === 0) return 'No run is remembered yet.'
  const lines = ['', totals(history, paint), '']
  if (tests.length === 0) return withoutCommands([...lines, 'No test failed in them.'].join('\n'))
  const strip = Math.min(runs.length, 60)
  const widths = { strip: Math.max(strip, 9), failed: 10, rate: 10, verdict: 15, lost: 12 }
  const fixed = Object.values(widths).reduce((sum, one) => sum + one + gap.length, 0)
  const name = Math.max(24, Math.min(60, width - fixed))
  const head = [
    'test'.padEnd(name),
    `last ${strip} →`.padEnd(widths.strip),
    'failed'.padEnd(widths.failed),
    'rate'.padEnd(widths.rate),
    'verdict'.padEnd(widths.verdict),
    'time lost'.padStart(widths.lost),
  ]
  lines.push(paint.bold(head.join(gap)), paint.dim('─'.repeat(name + fixed)))
  for (const { key, cells, rate, verdicts, lostMs } of tests.slice(0, mostTests)) {
    const verdict = verdicts.at(-1)
    const shade = verdict === undefined ? paint.dim : isFlaky(verdict) ? paint.yellow : paint.red
    const [first = '', ...rest] = wrap(plainText(key), name)
    lines.push(
      [
        first.padEnd(name),
        painted(cells.slice(-strip), paint) +
          ' '.repeat(widths.strip - Math.min(strip, cells.length)),
        `${rate.failures} of ${rate.runs}`.padEnd(widths.failed),
        paint.dim(interval(rate).padEnd(widths.rate)),
        shade((verdict ?? '–').padEnd(widths.verdict)),
        (lostMs === 0 ? '–' : duration(lostMs)).padStart(widths.lost),
      ].join(gap),
      ...rest,
    )
  }
  const left = moreTests + Math.max(0, tests.length - mostTests)
  if (left > 0) lines.push(paint.dim(`and ${count(left)} that lost less time`))
  lines.push('', paint.dim('· passed  x failed  s skipped  ? no result  - not in the run'))
  return withoutCommands(lines.join('\n'))
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
      cell === 'x' ? paint.red(cell) : cell === '.' ? paint.green('·') : paint.dim(cell),
    )
    .join('')
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (let rest = text; rest !== '' && lines.length < 3;) {
    if (rest.length <= width) return [...lines, rest]
    const space = rest.lastIndexOf(' ', width)
    const cut = space > width / 2 ? space : width
    lines.push(rest.slice(0, cut))
    rest = rest.slice(cut).trimStart()
  }
  return lines
}
