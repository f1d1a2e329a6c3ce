import type { SqliteData } from '../data.ts'
import type { Descriptors } from '../held-files.ts'
import type { BaseImage } from './base-image.ts'

/** What a reset leaves behind, from which the next one sees what was written since. */
export interface ResetMark {
  readonly schemaCookie: number
  /** The end of the WAL; undefined without one. */
  readonly wal?: { readonly salts: string; readonly frames: number; readonly toBeCopied: number }
}

/** One reset, as every way to restore sees it. */
export interface Plan extends SqliteData {
  readonly files: Descriptors
  readonly mark: ResetMark | undefined
  /** Path of the base's file. */
  readonly source: string
  readonly image: BaseImage
  /** When to give up waiting for other connections, in `performance.now()`. */
  readonly deadline: number
}
