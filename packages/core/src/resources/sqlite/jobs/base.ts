import { readFileSync } from 'node:fs'
import { sqliteDriver } from '../../../shared/sqlite-driver.ts'
import { imageOf, sameImage, writeImage } from '../image.ts'
import { isAlone, seal } from '../seal.ts'

export interface BaseTask {
  readonly path: string
  readonly base: string
  readonly template: string
}

/** Keeps a copy of the database as the lane's base, unless it still equals the template. */
export function settleBase({ path, base, template }: BaseTask): void {
  const image = readImage(path)
  if (!sameImage(image, readFileSync(template))) writeImage(base, image)
}

/** Makes the database's state of this moment the lane's base, in one step. */
export function replaceBase({ path, base }: BaseTask): void {
  writeImage(base, readImage(path))
}

// What is read here is what the seal stands for, the base: both under the write lock, in one step.
function readImage(path: string): Buffer {
  const alone = isAlone(path)
  const db = new (sqliteDriver())(path, { fileMustExist: true })
  try {
    db.exec('BEGIN IMMEDIATE')
    const image = imageOf(db)
    if (alone) seal(path)
    db.exec('ROLLBACK')
    return image
  } finally {
    db.close()
  }
}
