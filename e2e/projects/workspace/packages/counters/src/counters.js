import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const file = fileURLToPath(new URL('../counters.json', import.meta.url))

/** Gives the next number of a series, from 1. */
export async function next(series) {
  const counters = await read()
  const number = (counters[series] ?? 0) + 1
  await writeFile(file, JSON.stringify({ ...counters, [series]: number }))
  return number
}

export async function startAgain() {
  await rm(file, { force: true })
}

async function read() {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}
