import { join, relative } from 'node:path'
import { signatureFrame } from '@isolane/record'
import { failsRun, kindOf } from './coverage.ts'
import { errorLine } from './error-line.ts'
import { failed } from './figures.ts'
import { findingName } from './findings.ts'
import type { Finding, FlakeReport } from './schema.ts'

/** GitHub shows so many annotations of each level for a step. */
const mostOfALevel = 10
// What is longer nobody reads beside the code.
const mostOfALine = 400
const mostOfACommand = 2000

/** Where the files of a report are for GitHub. */
export interface GithubPlace {
  /** Directory of the command. */
  readonly cwd: string
  /** The checkout: `GITHUB_WORKSPACE`. */
  readonly workspace: string
}

/**
 * The findings as workflow commands, one line each, most important first: an error for what fails the run,
 * a warning for what does not. Never more of a level than GitHub shows; the last one then says how many
 * are left.
 */
export function annotations({ findings }: FlakeReport, place: GithubPlace): string[] {
  const errors = findings.filter(failsRun)
  const warnings = findings.filter((finding) => !failsRun(finding))
  return [...level('error', errors, place), ...level('warning', warnings, place)]
}

function level(
  name: 'error' | 'warning',
  findings: readonly Finding[],
  place: GithubPlace,
): string[] {
  const fits = findings.length <= mostOfALevel ? findings.length : mostOfALevel - 1
  const lines = findings.slice(0, fits).map((finding) => annotation(name, finding, place))
  const left = findings.length - fits
  return left === 0
    ? lines
    : [
        ...lines,
        `::${name} title=Isolane::${left} more findings are in the job summary and in report.html`,
      ]
}

function annotation(name: string, finding: Finding, { cwd, workspace }: GithubPlace): string {
  const { test, arms, culprits, first, reproduce, quarantine } = finding
  const lines = [
    findingName(finding),
    ...(first.error === undefined ? [] : [errorLine(first.error)]),
    `in parallel: ${failed(arms.parallel)}, alone: ${failed(arms.alone)}`,
    ...culprits.map(({ role, key }) => `${role}: ${key}`),
    ...(quarantine?.state === 'expired' ? [`its quarantine ended on ${quarantine.expires}`] : []),
  ].map((line) => clip(line, mostOfALine))
  const text = [...lines, `reproduce: ${clip(reproduce, mostOfACommand)}`].join('\n')
  const path = relative(workspace, join(cwd, test.file)).replaceAll('\\', '/')
  const line = test.line ?? lineOfError(finding)
  const properties = [
    ...(test.file === '' || path.startsWith('..') ? [] : [`file=${property(path)}`]),
    ...(test.file === '' || line === undefined ? [] : [`line=${line}`]),
    `title=${property(kindOf(finding))}`,
  ]
  return `::${name} ${properties.join(',')}::${data(text)}`
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`
}

function lineOfError({ test, first }: Finding): number | undefined {
  const frame = first.error === undefined ? undefined : signatureFrame(first.error.signature)
  if (frame === undefined || !frame.startsWith(`${test.file}:`)) return undefined
  return Number(frame.slice(test.file.length + 1))
}

// The runner's own escapes: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}

/**
 * Text in which a GitHub runner finds no workflow command. A name or message of a test must not give one,
 * such as `::add-mask::` or `##[group]`.
 */
export function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, '$1: ').replaceAll('##[', '## [')
}
