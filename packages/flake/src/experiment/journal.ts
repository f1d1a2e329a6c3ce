import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readRecord } from '@isolane/record'
import type { ArmResult } from './run-arm.ts'

interface Entry {
  readonly id: string
  readonly result: Omit<ArmResult, 'record'>
}

/**
 * What an examination has run so far, in a file: one that was stopped goes on from here. The same question
 * gets the answer it got before, each answer once.
 */
export class Journal {
  readonly #path: string
  readonly #dir: string
  readonly #known = new Map<string, Entry[]>()
  #length = 0

  /** @param dir directory of the runs; it must exist. */
  constructor(dir: string) {
    this.#dir = dir
    this.#path = join(dir, 'journal.jsonl')
  }

  /** How many runs there are already. */
  get length(): number {
    return this.#length
  }

  /** True when a stopped examination of this command can go on: the journal is there, and no file that it tells of is newer. */
  reopen(command: readonly string[], cwd: string): boolean {
    if (!existsSync(this.#path)) return false
    const [first = '', ...rows] = readFileSync(this.#path, 'utf8').split('\n')
    const { mtimeMs } = statSync(this.#path)
    try {
      if (JSON.stringify(JSON.parse(first)) !== JSON.stringify({ command })) return false
      const entries = rows.filter((row) => row !== '').map((row) => JSON.parse(row) as Entry)
      const files = new Set(entries.flatMap(({ result }) => this.#filesOf(result)))
      const isNewer = (file: string): boolean =>
        (statSync(resolve(cwd, file), { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > mtimeMs
      if ([...files].some(isNewer)) return false
      for (const entry of entries) {
        this.#known.set(entry.id, [...(this.#known.get(entry.id) ?? []), entry])
      }
      this.#length = entries.length
      return entries.length > 0
    } catch {
      // A line was cut off, or a record is gone.
      this.#known.clear()
      return false
    }
  }

  /** Begins anew. */
  begin(command: readonly string[]): void {
    rmSync(this.#path, { force: true })
    this.#append({ command })
  }

  /** The next known answer to a question. */
  take(id: string): ArmResult | undefined {
    const entry = this.#known.get(id)?.shift()
    if (entry === undefined) return undefined
    const path = join(this.#dir, `${entry.result.name}.jsonl`)
    return { ...entry.result, record: existsSync(path) ? readRecord(path) : undefined }
  }

  note(id: string, answer: ArmResult): void {
    const { record: _, ...result } = answer
    this.#length += 1
    this.#append({ id, result })
  }

  /** Ends it: there is nothing left to go on with. */
  end(): void {
    rmSync(this.#path, { force: true })
  }

  #append(line: object): void {
    appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  }

  #filesOf({ name }: Entry['result']): string[] {
    const path = join(this.#dir, `${name}.jsonl`)
    return existsSync(path) ? readRecord(path).attempts.map(({ file }) => file) : []
  }
}
