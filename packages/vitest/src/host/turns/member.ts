import type { PoolOptions, PoolWorker, TestProject } from 'vitest/node'
import { groupVariable } from '../../shared/groups.ts'
import type { Limits } from './limits.ts'
import type { ProjectGroups } from './project-groups.ts'
import type { StartedWorker } from './started-worker.ts'
import type { TurnWorker } from './turn-worker.ts'
import type { Asker } from './turns.ts'

/** What a project brings to the turns of its run. */
export interface ProjectOptions {
  readonly limits: Limits
  /** Which files share a lane; undefined when none do. */
  readonly groups: ProjectGroups | undefined
  /** Whether there are fewer workers while memory or CPU is short. */
  readonly auto: boolean
  /** The most workers the user wants. */
  readonly workers: number
  /** How many lanes there are at once: no more than workers. */
  readonly lanes: number
  /** Whether workers can read the modules that the main process transforms from files. */
  readonly cacheFs: () => boolean
  readonly makeWorker: (options: PoolOptions) => PoolWorker
  /** A file has run, or will not. */
  readonly fileDone: (file: string) => void
  /** Makes no worker ahead of need while memory is short. */
  readonly holdSpares: (hold: boolean) => void
  readonly print: (line: string) => void
}

/** A project among those whose files take turns. */
export interface Member extends ProjectOptions {
  readonly project: TestProject
  readonly globsOf: (file: string) => readonly string[]
  readonly idle: Set<TurnWorker>
  readonly live: Set<StartedWorker>
  readonly last: Map<string, TurnWorker>
}

/** What counts for the turn of a worker with these files. */
export function turnOf(
  { project, groups, globsOf }: Member,
  files: readonly string[],
): Pick<Asker, 'group' | 'globs'> {
  const name = groups?.of(files[0])
  const counted = name === undefined ? files : (groups?.filesOf(name) ?? files)
  return {
    group: name === undefined ? undefined : JSON.stringify([project.name, name]),
    globs: [...new Set(counted.flatMap((file) => globsOf(file)))],
  }
}

/** Has the worker of a file be on its group's lane. With `isolate: false` the worker stays, and its lane with it. */
export function onLaneOfGroup(
  { project, groups }: Member,
  pool: PoolOptions,
  files: readonly string[],
): PoolOptions {
  const name = groups?.of(files[0])
  if (name === undefined || !project.config.isolate) return pool
  return { ...pool, env: { ...pool.env, [groupVariable]: name } }
}
