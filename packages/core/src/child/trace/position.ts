import { fileURLToPath } from 'node:url'
import { isInside } from './paths.ts'
import { runnerCode } from './scope.ts'

/** A place in a source file, both numbers 1-based. */
export interface Position {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Whose code a frame is: `own` is this package, `runner` the test runner's, `library` lies in node_modules. */
export type Owner = 'project' | 'library' | 'runner' | 'own'

/** Whose code called Node.js, and from where. */
export interface Maker {
  /** The first place in code of the project; undefined where none led there. */
  readonly position: Position | undefined
  /** Whose code asked for it. */
  readonly direct: Owner | undefined
  /** True when Node.js did it by itself for something else that was asked for. */
  readonly isInternal: boolean
}

/** Where this code lies: workers load it from a bundle, and source maps lead from there to its own place. */
const here = fileURLToPath(new URL('.', import.meta.url))
const tracing = /[\\/]child[\\/]trace[\\/][\w-]+\.[jt]s$/

let packages: { readonly core: string; readonly observing: string } | undefined

/** Asked only when something is looked at: to find packages takes time. */
function packageDirectories(): NonNullable<typeof packages> {
  const of = (module: string): string => fileURLToPath(new URL('.', import.meta.resolve(module)))
  packages ??= {
    core: of('@isolane/core/package.json'),
    observing: of('@isolane/record/observe'),
  }
  return packages
}

/** Who did something at that moment. */
export function makerOf(moment: Error): Maker {
  let direct: Owner | undefined
  let isInternal = false
  for (const frame of framesOf(moment)) {
    if (frame === 'node') {
      isInternal ||= direct === undefined
      continue
    }
    const owner = ownerOf(frame.file)
    if (owner === undefined) continue
    direct ??= owner
    if (owner === 'project') return { position: frame, direct, isInternal }
  }
  return { position: undefined, direct, isInternal }
}

const place =
  /^\s+at (?:.*?\()?(?:async )?(?<file>(?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?):(?<line>\d+):(?<column>\d+)\)?$/

// Emitters and async hooks pass on what others do.
const internal = /\bnode:(?!events:|async_hooks:|internal\/(?:async_hooks|process\/task_queues))/

function* framesOf({ stack }: Error): Generator<Position | 'node'> {
  for (const text of String(stack).split('\n')) {
    const { file, line, column } = place.exec(text)?.groups ?? {}
    if (file !== undefined) {
      const path = file.startsWith('file:') ? fileURLToPath(file) : file
      yield { file: path, line: Number(line), column: Number(column) }
    } else if (internal.test(text)) yield 'node'
  }
}

/** Undefined for what only passes calls on. */
function ownerOf(file: string): Owner | undefined {
  const { core, observing } = packageDirectories()
  const { directories, transparent } = runnerCode()
  if (isInside(file, here) || isInside(file, observing)) return undefined
  if (isInside(file, core)) return tracing.test(file) ? undefined : 'own'
  if (transparent?.test(file) === true) return undefined
  if (directories.some((directory) => isInside(file, directory))) return 'runner'
  return /[\\/](?:node_modules|\.yarn)[\\/]/.test(file) ? 'library' : 'project'
}
