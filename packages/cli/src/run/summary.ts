import { plain } from '@isolane/record/worker'
import { keptApartLine, stayedInsideLine } from '@isolane/sandbox'
import type { SandboxReport } from '@isolane/sandbox'

const most = 5

/** The lines for people at the end of a run. */
export function summary(report: SandboxReport): readonly string[] {
  const { runners, forwarded, exitCode } = report
  if (runners.every(({ workers }) => workers === 0))
    return [nothingRan(runners.map(({ name }) => name))]
  const lines = [apart(report)]
  if (forwarded.length > 0) lines.push(`shared with all workers: ${listed(forwarded)}`)
  const inside = exitCode === 0 ? undefined : stayedInsideLine(report)
  if (inside !== undefined) lines.push(inside)
  return lines
}

function nothingRan(runners: readonly string[]): string {
  const why =
    runners.length === 0
      ? 'no Vitest, Jest or Playwright Test was found in it; isolane exec --sandbox takes any command'
      : `${[...new Set(runners)].join(' and ')} started no worker`
  return `nothing of this command ran in a sandbox: ${why}.`
}

function apart({ keptApart, runners, exitCode }: SandboxReport): string {
  const line = keptApartLine(keptApart)
  if (keptApart.length === 0) {
    if (exitCode !== null && exitCode > 128)
      return 'the sandbox kept nothing apart before the command was stopped.'
    if (runners.reduce((sum, { workers }) => sum + workers, 0) > 1) return line
    return 'the sandbox kept nothing apart: one worker ran everything (--workers says how many run at a time).'
  }
  return `${line.replace(/\.$/, '')}: why this suite fails in parallel without it.`
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, most).map(plain)
  const rest = names.length - shown.length
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
