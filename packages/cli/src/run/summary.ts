import { keptApartLine } from '@isolane/sandbox'
import type { SandboxReport } from '@isolane/sandbox'
import { listed, stayedInside } from '../stayed-inside.ts'

/** The lines for people at the end of a run. */
export function summary(report: SandboxReport): readonly string[] {
  const { runners, forwarded, exitCode } = report
  if (runners.every(({ workers }) => workers === 0))
    return [nothingRan(runners.map(({ name }) => name))]
  const lines = [apart(report)]
  if (forwarded.length > 0) lines.push(`shared with all workers: ${listed(forwarded)}`)
  const inside = exitCode === 0 ? undefined : stayedInside(leftFiles(report))
  return inside === undefined ? lines : [...lines, inside]
}

function nothingRan(runners: readonly string[]): string {
  const why =
    runners.length === 0
      ? 'no Vitest, Jest or Playwright Test was found in it'
      : `${[...new Set(runners)].join(' and ')} started no worker`
  return `nothing of this command ran in a sandbox: ${why}.`
}

function apart({ keptApart }: SandboxReport): string {
  const line = keptApartLine(keptApart)
  if (keptApart.length === 0) return line
  return `${line.replace(/\.$/, '')}: why this suite fails in parallel without it.`
}

/** Files that workers wrote and nobody else saw. */
function leftFiles({ workers }: SandboxReport): readonly string[] {
  return workers
    .flatMap(({ written }) => written)
    .filter(({ kind, kept }) => !kept && kind === 'file')
    .map(({ path }) => path)
}
