import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import { unitLanes } from '../lanes.ts'
import { isAlive } from '../src/is-alive.ts'

/** Where all workers of this checkout, of any run, claim what they were given. */
export const claimsDir =
  process.env['PLAYGROUND_CLAIMS_DIR'] ??
  fileURLToPath(new URL('../.isolane/claims', import.meta.url))

const held: string[] = []

// Every test file claims its lane's database, port and temp directory for as long as it runs, and
// fails when another live process has one of them.
beforeAll(() => {
  const { database, port, tempDir } = unitLanes.current()
  mkdirSync(claimsDir, { recursive: true })
  for (const thing of [
    `database ${database.path}`,
    `port ${port.number}`,
    `temp directory ${tempDir.path}`,
  ]) {
    held.push(claim(thing))
  }
})

afterAll(() => {
  for (const path of held.splice(0)) rmSync(path, { force: true })
})

function claim(thing: string): string {
  const path = join(claimsDir, createHash('sha1').update(thing).digest('hex'))
  for (;;) {
    try {
      writeFileSync(path, `${process.pid}\n${thing}\n`, { flag: 'wx' })
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = holderOf(path)
    if (holder !== undefined && isAlive(holder)) {
      throw new Error(`Process ${process.pid} was given the ${thing}, which process ${holder} has.`)
    }
    rmSync(path, { force: true })
  }
}

function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}
