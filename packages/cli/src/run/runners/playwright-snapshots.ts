import { isAbsolute, relative, resolve } from 'node:path'
import type { LoadedConfig } from './playwright-package.ts'

/**
 * Tells where a project's snapshots lie, when it is not where Playwright puts them by itself: as globs relative to
 * `root`.
 */
export function snapshotGlobs(config: LoadedConfig, root: string): readonly string[] {
  const globs = new Set<string>()
  for (const { project, expect, snapshotPathTemplate } of config.projects) {
    const { snapshotDir, testDir } = project
    const within = (path: string): string | undefined => {
      const inside = relative(root, path)
      return inside.startsWith('..') || isAbsolute(inside) ? undefined : inside
    }
    const snapshots = within(snapshotDir)
    if (snapshotDir !== testDir && snapshots !== undefined && snapshots !== '') {
      globs.add(`${escaped(snapshots)}/**`)
    }
    for (const template of [snapshotPathTemplate, ...pathTemplates(expect)]) {
      if (template === undefined) continue
      const named = template
        .replaceAll('{snapshotDir}', () => snapshotDir)
        .replaceAll('{testDir}', () => testDir)
      const path = within(resolve(config.configDir, named))
      if (path !== undefined) globs.add(globOf(path))
    }
  }
  return [...globs]
}

function pathTemplates(expect: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return Object.values(expect ?? {}).flatMap((matcher) =>
    typeof matcher === 'object' &&
    matcher !== null &&
    'pathTemplate' in matcher &&
    typeof matcher.pathTemplate === 'string'
      ? [matcher.pathTemplate]
      : [],
  )
}

// Every token may hold directories, {arg} too, and may stand anywhere in a name.
function globOf(path: string): string {
  const parts = path.split('/')
  const file = parts.pop() ?? ''
  const directories = parts.map((part) => (/\{[^{}]*\}/.test(part) ? '**' : escaped(part)))
  const tail = /\}([^{}]*)$/.exec(file)?.[1]
  if (tail === undefined) return [...directories, escaped(file)].join('/')
  const name = tail === '' ? `*.{${kinds.join(',')}}` : `*${escaped(tail)}`
  return [...directories, '**', name].join('/').replaceAll(/(?:\*\*\/){2,}/g, '**/')
}

// What {ext} may be: those of the matchers, and what texts and data are compared with. Not a database beside them.
const kinds = [
  'png',
  'jpg',
  'jpeg',
  'webp',
  'txt',
  'yml',
  'yaml',
  'json',
  'html',
  'md',
  'csv',
  'pdf',
]

function escaped(text: string): string {
  return text.replaceAll(/[\\*?[\]{}()!+@|]/g, String.raw`\$&`)
}
