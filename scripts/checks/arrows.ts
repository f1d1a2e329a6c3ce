import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { findImports, onlyReExports, type Import } from './imports.ts'

/** Which package may import which; nothing else may. `cli` joins everything. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  record: [],
  sandbox: [],
  core: ['record', 'sandbox'],
  vitest: ['core'],
  playwright: ['core'],
  flake: ['record', 'sandbox'],
  'report-ui': ['flake'],
  cli: ['record', 'sandbox', 'core', 'vitest', 'playwright', 'flake'],
}

/** Folders inside a package that must not import one another. */
const apart: Readonly<Record<string, readonly string[]>> = {
  host: ['child'],
  child: ['host'],
  shared: ['host', 'child'],
}

/** Where a file lies: in a room of the repository, below the room's `src` or beside it. */
interface Place {
  /** `packages/core`, `playground`, … */
  room: string
  /** Path inside the room, `/` between folders. */
  inside: string
}

interface Workspace {
  root: string
  /** Published name to the name of the folder in packages/. */
  folders: ReadonlyMap<string, string>
}

/**
 * Checks every import of the repository against the arrows between its rooms. Returns a sentence
 * for each that breaks one, with file and line.
 *
 * @param root the top directory of a checkout
 */
export function checkArrows(root: string): string[] {
  const workspace = { root, folders: readFolders(root) }
  const files = globSync('{packages/*,playground,bench,e2e,scripts}/**/*.{ts,tsx,mts,mjs}', {
    cwd: root,
    exclude: (path) => /(?:^|[/\\])(?:node_modules|dist|\.[^/\\]+)$/.test(path),
  })
  const inFiles = files
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
    .flatMap((file) => checkFile(workspace, file))
  return [...checkManifests(workspace), ...inFiles]
}

function checkFile(workspace: Workspace, file: string): string[] {
  const source = readFileSync(join(workspace.root, file), 'utf8')
  const place = placeOf(file)
  const problems: string[] = []
  if (isSource(place) && posix.basename(file) === 'index.ts' && !onlyReExports(source)) {
    problems.push(`${file} holds code of its own; an index.ts only re-exports.`)
  }
  for (const found of findImports(source)) {
    const problem = found.specifier.startsWith('.')
      ? checkRelative(file, place, found)
      : checkNamed(workspace, place, found)
    if (problem !== undefined) {
      problems.push(`${file}:${found.line} imports ${found.specifier}: ${problem}`)
    }
  }
  return problems
}

function checkRelative(file: string, from: Place, { specifier }: Import): string | undefined {
  const target = placeOf(posix.join(posix.dirname(file), specifier))
  const atTheTop = target.inside === ''
  if (target.room !== from.room && !atTheTop) {
    return target.room.startsWith('packages/')
      ? 'another package is imported by its published name.'
      : `${from.room} does not reach into ${target.room}.`
  }
  if (!isSource(from)) return undefined
  if (/(?:^|\/)index\.[jt]s$/.test(target.inside)) {
    return 'an index.ts is for others; inside the package the file itself is imported.'
  }
  const side = sideOf(from)
  const otherSide = sideOf(target)
  if (side !== undefined && otherSide !== undefined && apart[side]?.includes(otherSide) === true) {
    return `${side}/ never imports ${otherSide}/; what both need is in shared/.`
  }
  return undefined
}

function checkNamed(workspace: Workspace, from: Place, { specifier }: Import): string | undefined {
  const target = folderOf(workspace, specifier)
  const own = from.room.match(/^packages\/(.+)$/)?.[1]
  if (target === undefined || own === undefined) return undefined
  if (target === own) {
    return isSource(from) && !isTest(from)
      ? 'a package does not import itself by its published name.'
      : undefined
  }
  return forbidden(own, target)
}

function checkManifests({ root, folders }: Workspace): string[] {
  const problems: string[] = []
  for (const [name, folder] of folders) {
    if (!(folder in arrows)) {
      problems.push(`packages/${folder} has no arrows; add them in scripts/checks/arrows.ts.`)
      continue
    }
    const manifest = readManifest(join(root, 'packages', folder))
    for (const dependency of Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies,
    })) {
      const target = folders.get(dependency)
      const problem = target === undefined ? undefined : forbidden(folder, target)
      if (problem !== undefined) problems.push(`${name} depends on ${dependency}: ${problem}`)
    }
  }
  return problems
}

function forbidden(own: string, target: string): string | undefined {
  const allowed = arrows[own] ?? []
  if (allowed.includes(target)) return undefined
  const may = allowed.length === 0 ? 'no other package' : `only ${allowed.join(', ')}`
  return `${own} may import ${may}.`
}

function placeOf(file: string): Place {
  const parts = file.split('/')
  const depth = parts[0] === 'packages' ? 2 : 1
  return { room: parts.slice(0, depth).join('/'), inside: parts.slice(depth).join('/') }
}

function isSource(place: Place): boolean {
  return place.room.startsWith('packages/') && place.inside.startsWith('src/')
}

function isTest(place: Place): boolean {
  return /\.test(?:-d)?\.ts$/.test(place.inside)
}

// The folder directly below src decides: src/resources/server/ is not a side.
function sideOf(place: Place): string | undefined {
  const folder = place.inside.split('/')[1]
  return folder !== undefined && folder in apart ? folder : undefined
}

function folderOf({ folders }: Workspace, specifier: string): string | undefined {
  const parts = specifier.split('/')
  return folders.get(parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))
}

function readFolders(root: string): Map<string, string> {
  return new Map(
    globSync('packages/*/package.json', { cwd: root })
      .filter((file) => existsSync(join(root, file)))
      .toSorted()
      .map((file) => {
        const folder = dirname(file)
        return [readManifest(join(root, folder)).name, folder.replace(/^packages[/\\]/, '')]
      }),
  )
}

interface Manifest {
  name: string
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}
