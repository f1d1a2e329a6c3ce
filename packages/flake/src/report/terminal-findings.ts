import type pc from 'picocolors'
import { failed, interval, percent, tally } from './figures.ts'
import { isUndecided } from './is-undecided.ts'
import { plainText } from './names.ts'
import type { Finding } from './schema.ts'
import { firstLines, gap, row, wrap } from './text-table.ts'
import type { Line } from './text-table.ts'
import { wasOnlySeen, whatItWas } from './what-it-was.ts'

type Paint = ReturnType<typeof pc.createColors>

/** Narrower than this, seven columns leave no room for words. */
const narrowestTable = 118
const widestTable = 170
const mostLines = 4
const indent = '   '
const fixed = { parallel: 10, alone: 10, verdict: 15, cause: 8, sure: 4 }

/** Findings as a table, or one below another with the same names where a table has no room. */
export function findingLines(findings: readonly Finding[], width: number, paint: Paint): string[] {
  return width < narrowestTable
    ? findings.flatMap((finding, at) => [...list(finding, at + 1, Math.max(40, width), paint), ''])
    : table(findings, Math.min(width, widestTable), paint)
}

function table(findings: readonly Finding[], width: number, paint: Paint): string[] {
  const { parallel, alone, verdict, cause, sure } = fixed
  const taken = Object.values(fixed).reduce((sum, one) => sum + one, 6 * gap.length)
  const test = Math.floor((width - taken) * 0.45)
  const widths = [test, parallel, alone, width - taken - test, verdict, cause, sure]
  const titles = [
    ['', '   test'],
    ['fails in', 'parallel'],
    ['fails', 'alone'],
    ['', 'what it was'],
    ['', 'verdict'],
    ['', 'cause'],
    ['', 'sure'],
  ]
  const head = titles.map((lines) => lines.map((text) => ({ text, paint: paint.bold })))
  const lines = [...row(head, widths), paint.dim('─'.repeat(width))]
  for (const [at, finding] of findings.entries()) {
    lines.push(...row(cells(finding, at + 1, widths, paint), widths), '')
  }
  return lines
}

function cells(finding: Finding, at: number, widths: readonly number[], paint: Paint): Line[][] {
  const { arms, verdict, confidence, mechanism } = finding
  const [test = 20, , , what = 20] = widths
  const room = test - indent.length
  const counts = (arm: Finding['arms']['alone']): Line[] =>
    arm.runs === 0
      ? [{ text: '–', paint: paint.dim }]
      : [{ text: tally(arm) }, { text: interval(arm), paint: paint.dim }]
  return [
    [
      ...firstLines(wrap(titleOf(finding, 3 * room), room), 4, room).map((text, line) => ({
        text: `${line === 0 ? numbered(at) : indent}${text}`,
      })),
      ...wrap(placeOf(finding), room).map((text) => ({ text: indent + text, paint: paint.dim })),
    ],
    wasOnlySeen(finding)
      ? [{ text: 'in the run' }, { text: 'not rerun', paint: paint.dim }]
      : counts(arms.parallel),
    counts(arms.alone),
    facts(finding, what).map((text, line) => ({ text, paint: line === 0 ? undefined : paint.dim })),
    [
      { text: verdict, paint: shade(verdict, paint) },
      ...(mechanism === undefined ? [] : [{ text: mechanism }]),
      ...(isUndecided(finding) ? [{ text: 'not decided', paint: paint.yellow }] : []),
      ...quarantineWords(finding).map((text) => ({ text, paint: quarantineShade(finding, paint) })),
    ],
    [{ text: finding.cause }],
    [{ text: percent(confidence) }],
  ]
}

function list(finding: Finding, at: number, width: number, paint: Paint): string[] {
  const { arms, verdict, confidence, mechanism } = finding
  const name = 12
  const room = width - indent.length - name
  const entry = (title: string, text: string, style?: Line['paint']): string[] =>
    wrap(text, room).map((line, row) => {
      const label = row === 0 ? paint.dim(title.padEnd(name)) : ' '.repeat(name)
      return `${indent}${label}${style === undefined ? line : style(line)}`
    })
  const kind = [
    mechanism === undefined ? verdict : `${verdict} (${mechanism})`,
    `cause: ${finding.cause}`,
    `${percent(confidence)} sure`,
    ...(isUndecided(finding) ? ['not decided'] : []),
  ]
  const quarantine = quarantineWords(finding).join(' ')
  return [
    ...firstLines(
      wrap(titleOf(finding, 3 * width), width - indent.length),
      4,
      width - indent.length,
    ).map((line, row) => (row === 0 ? numbered(at) : indent) + paint.bold(line)),
    ...wrap(placeOf(finding), width - indent.length).map((line) => indent + paint.dim(line)),
    ...(arms.parallel.runs + arms.alone.runs === 0
      ? []
      : [
          ...entry(
            'in parallel',
            wasOnlySeen(finding) ? 'failed in the run, not rerun' : failed(arms.parallel),
          ),
          ...entry('alone', failed(arms.alone)),
        ]),
    ...facts(finding, room).flatMap((text, line) => entry(line === 0 ? 'what it was' : '', text)),
    ...entry('verdict', kind.join(', '), shade(verdict, paint)),
    ...(quarantine === '' ? [] : entry('', quarantine, quarantineShade(finding, paint))),
  ]
}

function numbered(at: number): string {
  return String(at).padEnd(indent.length)
}

// A test's own name says more than those of its suites.
function titleOf({ test: { file, titlePath } }: Finding, length: number): string {
  if (file === '') return 'the run'
  if (titlePath.length === 0) return file
  let from = 0
  const left = (): string => (from === 0 ? '' : '… › ') + titlePath.slice(from).join(' › ')
  while (left().length > length && from < titlePath.length - 1) from += 1
  return left()
}

function placeOf({ test }: Finding): string {
  if (test.titlePath.length === 0) return ''
  const line = test.line === undefined ? '' : `:${test.line}`
  return `${test.project === '' ? '' : `[${test.project}] `}${test.file}${line}`
}

function facts(finding: Finding, width: number): string[] {
  return whatItWas(finding).flatMap((fact) => firstLines(wrap(fact, width), mostLines, width))
}

function quarantineWords({ quarantine }: Finding): string[] {
  if (quarantine === undefined) return []
  if (quarantine.state === 'active') return ['quarantined']
  return quarantine.state === 'expired'
    ? ['quarantine', 'expired']
    : ['not quarantined', 'for this']
}

function quarantineShade({ quarantine }: Finding, paint: Paint): Line['paint'] {
  return quarantine?.state === 'active' ? paint.dim : paint.red
}

function shade(verdict: Finding['verdict'], paint: Paint): (text: string) => string {
  if (verdict === 'consistent' || verdict === 'setup' || verdict === 'infrastructure') {
    return paint.red
  }
  return verdict === 'not-reproduced' ? paint.cyan : paint.yellow
}

/** What to do first about each finding that is no plain defect, behind the numbers of its findings. */
export function stepLines(findings: readonly Finding[], width: number, paint: Paint): string[] {
  const steps = findings.map(({ verdict, nextSteps: [first = ''] }) =>
    verdict === 'consistent' ? '' : plainText(first),
  )
  const wrapped = (text: string, room: number): string[] =>
    firstLines(wrap(text, room), mostLines, room)
  return section('What to do', steps, paint, (text, taken) =>
    wrapped(text, Math.max(40, Math.min(width, widestTable)) - taken),
  )
}

/** The commands that show the findings again, whole, each on a line behind the numbers of its findings. */
export function commandLines(findings: readonly Finding[], paint: Paint): string[] {
  const commands = findings.map(({ reproduce }) => plainText(reproduce))
  return section('Reproduce', commands, paint, (command) => [command])
}

// What several findings have in common stands there once.
function section(
  title: string,
  texts: readonly string[],
  paint: Paint,
  linesOf: (text: string, taken: number) => string[],
): string[] {
  const numbers = new Map<string, number[]>()
  for (const [at, text] of texts.entries()) {
    if (text !== '') numbers.set(text, [...(numbers.get(text) ?? []), at + 1])
  }
  if (numbers.size === 0) return []
  const entries = [...numbers].map(([text, own]) => ({ text, label: inWords(own) }))
  const width = Math.min(14, Math.max(...entries.map(({ label }) => label.length)))
  return [
    paint.bold(title),
    ...entries.flatMap(({ text, label }) =>
      linesOf(text, width + gap.length).map(
        (line, at) => `${(at === 0 ? label : '').padEnd(width)}${gap}${line}`,
      ),
    ),
    '',
  ]
}

// `1–3, 7`
function inWords(numbers: readonly number[]): string {
  const spans: [number, number][] = []
  for (const number of numbers) {
    const last = spans.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else spans.push([number, number])
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(', ')
}
