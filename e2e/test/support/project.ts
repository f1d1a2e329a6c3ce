import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { existsSync, globSync, lstatSync, readFileSync, readlinkSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const projects = fileURLToPath(new URL('../../projects/', import.meta.url))
const modules = fileURLToPath(new URL('../../../node_modules/', import.meta.url))

/** A copy of one of the projects, as a checkout of its own somewhere else. */
export interface Project extends AsyncDisposable {
  readonly directory: string
  /** Outside the project: for reports of test runs. */
  readonly beside: string
  /** Isolane's cache directory, of this copy alone. */
  readonly cache: string
}

/**
 * Copies a project and installs its dependencies, as links.
 *
 * @param name a directory in projects/.
 * @param as how the copy is called.
 */
export async function checkOut(name: string, as = name): Promise<Project> {
  const project = await makePlace(as)
  await cp(join(projects, name), project.directory, { recursive: true })
  await linkDependencies(project.directory)
  await linkWorkspaces(project.directory)
  return project
}

/**
 * Copies an installed package, as it was published, to `packages/<name without its scope>` of a repository.
 *
 * @param name its name on npm.
 * @param files by their paths in the repository: what it has beside the package.
 */
export async function checkOutPackage(
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Project> {
  const project = await makePlace('repository')
  const { directory } = project
  await cp(join(modules, name), join(directory, 'packages', basename(name)), { recursive: true })
  const all = { 'package.json': manifestOfRepository, ...files }
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await writeFile(join(directory, path), content)
  }
  await linkDependencies(directory)
  return project
}

const manifestOfRepository = JSON.stringify({ private: true, type: 'module' })

async function makePlace(as: string): Promise<Project> {
  const beside = await mkdtemp(join(tmpdir(), 'isolane-e2e-'))
  // Not in the temp directory, which sandboxes cover: layers shall lie where they do for people.
  const cache = await mkdtemp('/var/tmp/isolane-e2e-cache-')
  return {
    directory: join(beside, as),
    beside,
    cache,
    async [Symbol.asyncDispose]() {
      await rm(beside, { recursive: true, force: true })
      await rm(cache, { recursive: true, force: true })
    },
  }
}

/** Links every dependency of this repository. */
async function linkDependencies(directory: string): Promise<void> {
  const into = join(directory, 'node_modules')
  await mkdir(into)
  for (const entry of await readdir(modules, { withFileTypes: true })) {
    if (entry.name.startsWith('.') && entry.name !== '.bin') continue
    await symlink(join(modules, entry.name), join(into, entry.name))
  }
}

/** Links the packages of a project that is a workspace. */
async function linkWorkspaces(directory: string): Promise<void> {
  const into = join(directory, 'node_modules')
  const manifest = (path: string): { name: string; workspaces?: string[] } =>
    JSON.parse(readFileSync(join(directory, path, 'package.json'), 'utf8')) as {
      name: string
      workspaces?: string[]
    }
  for (const path of globSync(manifest('.').workspaces ?? [], { cwd: directory })) {
    const link = join(into, manifest(path).name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(relative(dirname(link), join(directory, path)), link)
  }
}

/** Every file of a project with a hash of its content, but for what runners cache in node_modules. */
export async function contentOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const path of globSync('**', { cwd: directory, exclude: cachesOfRunners })) {
    const stats = lstatSync(join(directory, path))
    if (stats.isSymbolicLink()) found[path] = readlinkSync(join(directory, path))
    if (stats.isFile()) {
      const content = await readFile(join(directory, path))
      found[path] = createHash('sha1').update(content).digest('hex')
    }
  }
  return found
}

function cachesOfRunners(path: string): boolean {
  return /(?:^|\/)node_modules\/\.vite(?:-temp)?$/.test(path)
}

/** The layers that lie in the cache directory of a project. */
export function layersOf({ cache }: Project): readonly string[] {
  const ground = join(cache, 'sandbox')
  if (!existsSync(ground)) throw new Error(`No layer ever lay in ${ground}.`)
  return globSync('*/**', { cwd: ground })
}
