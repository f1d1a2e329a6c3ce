import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from '../options.ts'
import type { WrittenFile } from './footprint.ts'
import { keptApart } from './kept-apart.ts'
import type { KeptApart, WorkerFootprint } from './kept-apart.ts'
import { shown } from './shown.ts'

/** What somebody used inside a sandbox. Paths are relative to the root when they lie in it. */
export interface Used {
  readonly written: readonly (WrittenFile & { readonly kept: boolean })[]
  readonly ports: readonly number[]
  readonly sockets: readonly string[]
}

/** `.isolane/sandbox.json`: what the workers of a run did in their sandboxes. */
export interface SandboxReport {
  readonly format: 'isolane.sandbox/1'
  readonly command: readonly string[]
  readonly root: string
  readonly parts: readonly Part[]
  /** Of the command; null in a report of the runner's own process, which has not ended yet. */
  readonly exitCode: number | null
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
    /** 0 where it is not known. */
    readonly slot: number
    readonly files: readonly string[]
  })[]
  /** What single test files did: those that had a worker for themselves. */
  readonly files: readonly (Used & { readonly file: string })[]
}

/** A worker that has ended, as a report is made from it. */
export interface ReportedWorker extends Omit<WorkerFootprint, 'name'> {
  /** Name and pid of the runner's main process. */
  readonly runner: { readonly name: string; readonly pid: number }
  readonly id: number
  readonly slot: number
  /** Test files that the runner gave it, absolute, in order. */
  readonly files: readonly string[]
}

/** Makes the report of a run. */
export function makeReport({
  workers,
  ...run
}: Omit<SandboxReport, 'format' | 'keptApart' | 'workers' | 'files'> & {
  readonly workers: readonly ReportedWorker[]
}): SandboxReport {
  const { root } = run
  const all = workers.map((worker) => ({
    ...worker,
    files: [...new Set(worker.files.map((file) => shown(root, file)))],
    used: usedBy(root, worker.footprint),
  }))
  return {
    format: 'isolane.sandbox/1',
    ...run,
    keptApart: keptApart(
      root,
      all.map(({ runner, files, id, footprint, own = [] }) => {
        return { name: files.join(', ') || `worker ${id} of ${runner.pid}`, footprint, own }
      }),
    ),
    workers: all.map(({ runner, id, slot, files, used }) => {
      return { runner: runner.name, pid: runner.pid, id, slot, files, ...used }
    }),
    files: all.flatMap(({ files: [file, ...others], used }) =>
      file === undefined || others.length > 0 ? [] : { file, ...used },
    ),
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

/** What somebody used, as it is reported. */
export function usedBy(
  root: string,
  { written, kept, ports, sockets }: WorkerFootprint['footprint'],
): Used {
  const back = new Set(kept.map(({ path }) => path))
  return {
    written: written.map(({ path, change, kind }) => {
      return { path: shown(root, path), change, kind, kept: back.has(path) }
    }),
    ports,
    sockets: sockets.map((path) => shown(root, path)),
  }
}
