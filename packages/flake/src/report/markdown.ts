import { errorLine } from './error-line.ts'
import { count, duration, interval, percent, tally } from './figures.ts'
import { findingName } from './findings.ts'
import { plainText } from './names.ts'
import type { Finding, FlakeReport } from './schema.ts'

/** Most bytes of a summary: GitHub shows nothing at all of a larger one. */
export const maxSummaryBytes = 1024 * 1024

/** The report as Markdown for a job summary. Names and messages of tests cannot change its form. */
export function markdown(report: FlakeReport, reportPath: string, limit = maxSummaryBytes): string {
  const { findings } = report
  const head = [heading(report), '', totals(report), '']
  if (findings.length === 0) return `${head.join('\n')}\n`
  const tail = ['', `The whole report: ${code(reportPath)}`, '']
  const table = [
    '| test | in parallel | alone | verdict | what it is |',
    '| --- | --- | --- | --- | --- |',
  ]
  const size = (lines: readonly string[]): number => Buffer.byteLength(`${lines.join('\n')}\n`)
  const room = limit - size([...head, ...table, ...tail]) - 200
  const rows: string[] = []
  const details: string[] = []
  let used = 0
  let shown = 0
  for (const finding of findings) {
    const row = tableRow(finding)
    const block = detailBlock(finding)
    const more = size([row]) + size(block)
    if (used + more > room) break
    used += more
    shown += 1
    rows.push(row)
    details.push(...block)
  }
  const left = findings.length - shown
  const rest =
    left === 0 ? [] : ['', `_${left} more findings do not fit here; the report has them all._`]
  return [...head, ...table, ...rows, '', ...details, ...rest, ...tail].join('\n')
}

function heading({ findings, totals: { failed, missing } }: FlakeReport): string {
  if (findings.length === 0) {
    return failed + missing === 0 ? '## Isolane: no test failed' : '## Isolane: no finding'
  }
  const groups = new Map<string, number>()
  for (const { verdict } of findings) groups.set(verdict, (groups.get(verdict) ?? 0) + 1)
  const parts = [...groups].map(([verdict, count]) => `${count} ${verdict}`)
  return `## Isolane: ${parts.join(', ')}`
}

function totals({ totals: all, wallMs, capacity, runner }: FlakeReport): string {
  const parts = [`${all.passed} passed`, `${all.failed} failed`]
  if (all.skipped > 0) parts.push(`${all.skipped} skipped`)
  if (all.missing > 0) parts.push(`${all.missing} without a result`)
  const workers = capacity.workers === 1 ? '1 worker' : `${capacity.workers} workers`
  return escape(
    `${count(all.tests)}: ${parts.join(', ')} · ${runner.name} ${runner.version}, ${workers} · run ${duration(wallMs.parallel)}, experiments ${duration(wallMs.experiments)}`,
  )
}

function tableRow(finding: Finding): string {
  const { arms, verdict, confidence } = finding
  const cell = (counts: Finding['arms']['alone']): string =>
    counts.runs === 0 ? 'not run' : `${tally(counts)} failed (${interval(counts)})`
  const columns = [
    code(findingName(finding)),
    escape(cell(arms.parallel)),
    escape(cell(arms.alone)),
    `**${verdict}** ${percent(confidence)}`,
    escape(whatItIs(finding)),
  ]
  return `| ${columns.join(' | ')} |`
}

/** Mechanism, cause and first error line of a finding, on one line. */
function whatItIs(finding: Finding): string {
  const { mechanism, cause, first, evidence } = finding
  const kind = [mechanism, cause === 'unknown' ? undefined : cause].filter(
    (one) => one !== undefined,
  )
  const main = evidence.find(
    ({ kind: one }) => one === 'port' || one === 'crash' || one === 'missing' || one === 'run',
  )
  const message = first.error === undefined ? undefined : errorLine(first.error)
  const text =
    main === undefined
      ? message
      : main.kind === 'port'
        ? `${main.detail}; ${message ?? ''}`
        : main.detail
  return [kind.join(', '), plainText(text ?? '')].filter((one) => one !== '').join(': ')
}

function detailBlock(finding: Finding): string[] {
  const { evidence, nextSteps, reproduce, culprits, runnerUp, first } = finding
  const lines = ['<details>', `<summary>${escape(findingName(finding))}</summary>`, '']
  for (const { detail, tests } of evidence) {
    lines.push(`- ${escape(plainText(detail))}`)
    if (tests.length > 1) lines.push(...tests.slice(0, 20).map((test) => `  - ${code(test)}`))
    if (tests.length > 20) lines.push(`  - and ${tests.length - 20} more`)
  }
  for (const { role, key, with: beside, without } of culprits) {
    const fails = (counts: typeof beside): string =>
      counts.runs === 0 ? 'not run' : `fails ${tally(counts)}`
    const facts = `${fails(beside)} with it, ${fails(without)} without it`
    lines.push(`- ${role}: ${code(key)} (${escape(facts)})`)
  }
  if (runnerUp !== undefined) {
    lines.push(
      `- next likely: ${runnerUp.verdict} (${runnerUp.confidence < 0.01 ? 'under 1 %' : percent(runnerUp.confidence)})`,
    )
  }
  for (const step of nextSteps) lines.push(`- ${escape(step)}`)
  lines.push('', 'Reproduce:', '', fence(reproduce), '')
  const stack = first.error?.stack ?? first.error?.message
  if (stack !== undefined) {
    const own = stack.split('\n').filter((line) => !foreignFrame.test(line))
    lines.push(fence(own.slice(0, 12).join('\n')), '')
  }
  lines.push('</details>', '')
  return lines
}

// What the runner, its libraries and Node.js have on the stack says nothing about the test.
const foreignFrame = /^\s+at .*(?:[\\/]node_modules[\\/]|\bnode:|<anonymous>)/

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Text in which Markdown and HTML see nothing but text. */
export function escape(text: string): string {
  return plainText(text).replace(
    /[&<>"@\\`*_[\]#|~]/g,
    (mark) => entities[mark] ?? `&#${mark.codePointAt(0)};`,
  )
}

function code(text: string): string {
  return `<code>${escape(text)}</code>`
}

function fence(text: string): string {
  const clean = text.split('\n').map(plainTextKeepingIndent).join('\n')
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length))
  const mark = '`'.repeat(Math.max(3, longest + 1))
  return `${mark}text\n${clean}\n${mark}`
}

function plainTextKeepingIndent(line: string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? ''
  return indent + plainText(line)
}
