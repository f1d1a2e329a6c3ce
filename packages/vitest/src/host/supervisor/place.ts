import { relative } from 'node:path'
import { plain } from '@isolane/core/host'
import type { Progress } from '../../shared/progress.ts'

/** Where a worker is or was, for people: `in "adds a user" (users.test.ts:12)`. */
export function placeOf(
  progress: Progress | undefined,
  it: { readonly root: string; readonly file: string | undefined; readonly stopping?: boolean },
): string {
  const file = it.file === undefined ? '' : pathOf(it.file, it.root)
  if (it.stopping === true)
    return file === '' ? 'in its teardown' : `in its teardown, after ${file}`
  if (progress === undefined || progress.phase === 'boot' || file === '') return 'at its start'
  const { phase, tests, suite } = progress
  if (phase === 'load') return `while ${file} was loaded`
  if (phase === 'hooks') {
    return suite === '' || suite === undefined
      ? `in a hook of ${file}`
      : `in a hook of "${plain(suite)}" (${file})`
  }
  if (phase === 'test' && tests.length > 0) {
    const named = tests.map(({ name, line }) => {
      const place = line === undefined ? file : `${file}:${line}`
      return `"${plain(name)}" (${place})`
    })
    return `in ${named.length === 1 ? '' : 'one of '}${named.join(', ')}`
  }
  return `after the tests of ${file}`
}

/** The path of a file from the root of its project, for people. */
export function pathOf(file: string, root: string): string {
  return plain(relative(root, file).replaceAll('\\', '/'))
}
