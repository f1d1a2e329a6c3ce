import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { runTool } from './tool.ts'

const execute = promisify(execFile)

interface PublicPackage {
  name: string
  folder: string
  manifest: Record<string, unknown>
}

interface Packed {
  name: string
  filename: string
  files: { path: string }[]
}

/**
 * Packs every public package as npm would publish it and has publint and attw look at the result.
 *
 * @param root the top directory of a checkout, built
 */
export async function checkPacked(root: string): Promise<string> {
  const packages = findPublicPackages(root)
  const tarballs = mkdtempSync(join(tmpdir(), 'isolane-packed-'))
  try {
    const packed = await pack(root, packages, tarballs)
    const problems: string[] = []
    for (const entry of packages) {
      const result = packed.find(({ name }) => name === entry.name)
      if (result === undefined) {
        problems.push(`${entry.name}: npm pack made no tarball.`)
        continue
      }
      const tarball = join(tarballs, basename(result.filename))
      problems.push(...checkFiles(result), ...(await lint(entry, tarball)))
      const types = await runTool(
        'attw',
        tarball,
        '--profile=esm-only',
        '--no-definitely-typed',
        '--no-emoji',
        '--format=ascii',
      )
      if (types !== '') problems.push(`${entry.name}: attw\n${types}`)
    }
    return problems.join('\n')
  } finally {
    rmSync(tarballs, { recursive: true, force: true })
  }
}

async function pack(
  root: string,
  packages: readonly PublicPackage[],
  destination: string,
): Promise<Packed[]> {
  const { stdout } = await execute(
    'npm',
    [
      'pack',
      '--json',
      '--ignore-scripts',
      '--loglevel=error',
      `--pack-destination=${destination}`,
      ...packages.flatMap(({ folder }) => ['--workspace', folder]),
    ],
    { cwd: root, shell: process.platform === 'win32', maxBuffer: 2 ** 26 },
  )
  // npm 11 prints a list, npm 12 an object with the package names as keys.
  const result = JSON.parse(stdout) as Packed[] | Record<string, Packed>
  return Object.values(result)
}

function checkFiles({ name, files }: Packed): string[] {
  const paths = files.map(({ path }) => path)
  const unwanted = paths.filter((path) => /\.test\.|\.tsbuildinfo$|^(?:src|test)\//.test(path))
  const problems = unwanted.map((path) => `${name}: ${path} does not belong in the package.`)
  for (const needed of ['LICENSE', 'README.md']) {
    if (!paths.includes(needed)) problems.push(`${name}: ${needed} is missing from the package.`)
  }
  return problems
}

async function lint({ name, manifest }: PublicPackage, tarball: string): Promise<string[]> {
  const { messages } = await publint({
    strict: true,
    pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer },
  })
  return messages.map((message) => {
    const sentence = formatMessage(message, manifest, { color: false }) ?? message.code
    return `${name}: publint ${message.type}: ${sentence}`
  })
}

function findPublicPackages(root: string): PublicPackage[] {
  return globSync('packages/*/package.json', { cwd: root })
    .toSorted()
    .map((file) => {
      const folder = join(root, dirname(file))
      const manifest = JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>
      return { name: String(manifest['name']), folder, manifest }
    })
    .filter(({ manifest }) => manifest['private'] !== true)
}
