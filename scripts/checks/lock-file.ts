import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const dependencyFields = ['dependencies', 'devDependencies', 'optionalDependencies'] as const

type Dependencies = Partial<Record<(typeof dependencyFields)[number], Record<string, string>>>

interface LockedPackage extends Dependencies {
  resolved?: string
  link?: boolean
}

/**
 * Checks that package-lock.json installs from whatever registry npm is set to, and that it was made
 * from the manifests that are there now.
 *
 * @param root the top directory of a checkout
 */
export function checkLockFile(root: string): string[] {
  const { packages } = read(join(root, 'package-lock.json')) as {
    packages: Record<string, LockedPackage>
  }
  const problems: string[] = []
  for (const [path, entry] of Object.entries(packages)) {
    if (entry.link !== true && entry.resolved !== undefined) {
      problems.push(`package-lock.json: ${path} is tied to ${entry.resolved}.`)
    }
    if (!path.includes('node_modules/')) problems.push(...compare(root, path, entry))
  }
  if (problems.length > 0) problems.push('Run `npm install` to bring the lock file up to date.')
  return problems
}

function compare(root: string, path: string, locked: Dependencies): string[] {
  const manifestFile = join(path, 'package.json')
  const manifest = read(join(root, manifestFile)) as Dependencies
  return dependencyFields.flatMap((field) => {
    const wanted = manifest[field] ?? {}
    const found = locked[field] ?? {}
    const names = new Set([...Object.keys(wanted), ...Object.keys(found)])
    return [...names]
      .filter((name) => wanted[name] !== found[name])
      .map((name) => {
        const says = `${manifestFile} asks for ${name} ${wanted[name] ?? '(not at all)'}`
        return `${says}, package-lock.json for ${found[name] ?? '(not at all)'}.`
      })
  })
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
