import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** The commit of a checkout, read without starting git: a reporter must cost nothing. */
export function gitCommit(from: string): string | undefined {
  for (let dir = from; ; dir = dirname(dir)) {
    const git = readText(join(dir, '.git', 'HEAD'))
    if (git !== undefined) {
      const ref = /^ref: (.+)$/m.exec(git)?.[1]
      if (ref === undefined) return git.trim()
      const loose = readText(resolve(dir, '.git', ref))?.trim()
      if (loose !== undefined) return loose
      const packed = readText(join(dir, '.git', 'packed-refs'))
      return packed
        ?.split('\n')
        .find((line) => line.endsWith(` ${ref}`))
        ?.slice(0, 40)
    }
    if (dirname(dir) === dir) return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
