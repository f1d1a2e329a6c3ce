import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { keptApart } from '@isolane/sandbox'
import type { KeptApart, SandboxSettings, WorkerFootprint, WrittenFile } from '@isolane/sandbox'
import type { RunnerJournal, RunnerLine, WorkerLine } from './shared/journal.ts'

/** What somebody used inside a sandbox. Paths are relative to the root when they lie in it. */
export interface Used {
  readonly written: readonly (WrittenFile & { readonly kept: boolean })[]
  readonly ports: readonly number[]
  readonly sockets: readonly string[]
}

/** `.isolane/sandbox.json`. */
export interface SandboxReport {
  readonly format: 'isolane.sandbox/1'
  readonly command: readonly string[]
  readonly root: string
  readonly parts: readonly string[]
  readonly exitCode: number
  readonly runners: readonly {
    readonly name: string
    readonly pid: number
    /** How many workers it started. */
    readonly workers: number
  }[]
  /** What two or more workers used, each its own. */
  readonly keptApart: readonly KeptApart[]
  /** Services of a runner's main process that workers reached. */
  readonly forwarded: readonly string[]
  readonly workers: readonly (Used & {
    readonly runner: string
    readonly pid: number
    /** Number inside its runner process. */
    readonly id: number
    readonly slot: number
    readonly files: readonly string[]
  })[]
  /** What single test files did: those that had a worker for themselves. */
  readonly files: readonly (Used & { readonly file: string })[]
}

/** Makes the report of a run. */
export function makeReport(run: {
  readonly command: readonly string[]
  readonly root: string
  readonly settings: SandboxSettings
  readonly exitCode: number
  readonly runners: readonly RunnerJournal[]
}): SandboxReport {
  const { command, root, settings, exitCode, runners } = run
  const all = runners.flatMap(({ runner, workers }) =>
    workers.map((worker) => ({ runner, worker })),
  )
  return {
    format: 'isolane.sandbox/1',
    command,
    root,
    parts: settings.parts,
    exitCode,
    runners: runners.map(({ runner: { name, pid }, started }) => ({ name, pid, workers: started })),
    keptApart: keptApart(root, users(root, all)),
    forwarded: [...new Set(runners.flatMap(({ forwarded }) => forwarded))],
    workers: all.map(({ runner, worker }) => ({
      runner: runner.name,
      pid: runner.pid,
      id: worker.id,
      slot: worker.slot,
      files: filesOf(root, worker),
      ...usedBy(root, worker),
    })),
    files: all.flatMap(({ worker }) => {
      const [file, ...others] = filesOf(root, worker)
      return file === undefined || others.length > 0 ? [] : { file, ...usedBy(root, worker) }
    }),
  }
}

/** Workers that ran the same files, one after another in watch mode or a second time after a crash, count as one. */
function users(
  root: string,
  all: readonly { readonly runner: RunnerLine; readonly worker: WorkerLine }[],
): readonly WorkerFootprint[] {
  const groups = new Map<string, [WorkerFootprint, ...WorkerFootprint[]]>()
  for (const { runner, worker } of all) {
    const name = filesOf(root, worker).join(', ') || `worker ${worker.id}`
    const key = worker.files.length > 0 ? name : `${runner.pid} ${worker.id}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [{ name, footprint: worker.footprint }])
    else group.push({ name, footprint: worker.footprint })
  }
  return [...groups.values()].map(([first, ...more]) => ({
    name: first.name,
    footprint: more.map(({ footprint }) => footprint).reduce(together, first.footprint),
  }))
}

function together(
  a: WorkerFootprint['footprint'],
  b: WorkerFootprint['footprint'],
): WorkerFootprint['footprint'] {
  const files = (
    one: readonly WrittenFile[],
    other: readonly WrittenFile[],
  ): readonly WrittenFile[] => [
    ...new Map([...one, ...other].map((file) => [file.path, file])).values(),
  ]
  return {
    written: files(a.written, b.written),
    kept: files(a.kept, b.kept),
    ports: [...new Set([...a.ports, ...b.ports])],
    sockets: [...new Set([...a.sockets, ...b.sockets])],
  }
}

/** Writes `.isolane/sandbox.json` below the project's root, at once. */
export function writeReport(root: string, report: SandboxReport): void {
  const directory = join(root, '.isolane')
  mkdirSync(directory, { recursive: true })
  try {
    writeFileSync(join(directory, '.gitignore'), '*\n', { flag: 'wx' })
  } catch {
    // There is one already.
  }
  const path = join(directory, 'sandbox.json')
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${path}.${process.pid}`, path)
}

function filesOf(root: string, { files }: WorkerLine): readonly string[] {
  return [...new Set(files.map((file) => shown(root, file)))]
}

function usedBy(root: string, { footprint }: WorkerLine): Used {
  const kept = new Set(footprint.kept.map(({ path }) => path))
  return {
    written: footprint.written.map(({ path, change, kind }) => ({
      path: shown(root, path),
      change,
      kind,
      kept: kept.has(path),
    })),
    ports: footprint.ports,
    sockets: footprint.sockets.map((path) => shown(root, path)),
  }
}

function shown(root: string, path: string): string {
  const inside = relative(root, path)
  return inside.startsWith('..') ? path : inside
}
