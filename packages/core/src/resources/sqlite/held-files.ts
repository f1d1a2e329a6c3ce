import { closeSync, fstatSync, openSync } from 'node:fs'
import { identityFrom, identityOf } from './files.ts'

/** File descriptors of one database, for threads of this process. Undefined where there is no such file. */
export interface Descriptors {
  readonly database: number | undefined
  /** The `-shm` file: the index of the WAL. */
  readonly index: number | undefined
}

/**
 * Files of databases, opened beside SQLite. They stay open, those of a lane for its life: closing one drops every POSIX
 * lock this process has on it, those of SQLite's own connections among them. https://www.sqlite.org/howtocorrupt.html
 */
export class HeldFiles {
  readonly #held = new Map<string, { readonly file: number; readonly identity: string }>()

  descriptors(path: string): Descriptors {
    return { database: this.#hold(path), index: this.#hold(`${path}-shm`) }
  }

  /** A descriptor to read one file by. Throws when it cannot be read. */
  reader(path: string): number {
    return this.#open(path, 'r')
  }

  /** Closes the files of a database whose lane is done, or on Windows, where an open file cannot be removed, at once. */
  letGo(path: string): void {
    for (const name of [path, `${path}-shm`]) {
      const held = this.#held.get(name)
      this.#held.delete(name)
      if (held !== undefined) closeSync(held.file)
    }
  }

  #hold(name: string): number | undefined {
    try {
      return this.#open(name, 'r+')
    } catch {
      return undefined
    }
  }

  #open(name: string, flags: 'r' | 'r+'): number {
    const held = this.#held.get(name)
    // A file of another identity means that the old one was removed: nobody's locks are on it any more.
    if (held !== undefined && identityOf(name) === held.identity) return held.file
    const file = openSync(name, flags)
    if (held !== undefined) closeSync(held.file)
    this.#held.set(name, { file, identity: descriptorIdentity(file) })
    return file
  }
}

/** True when a descriptor is of the file that now has this path. */
export function isOf(file: number, path: string): boolean {
  try {
    return descriptorIdentity(file) === identityOf(path)
  } catch {
    return false
  }
}

function descriptorIdentity(file: number): string {
  return identityFrom(fstatSync(file, { bigint: true }))
}
