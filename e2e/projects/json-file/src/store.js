const { readFile, writeFile } = require('node:fs/promises')

const file = 'data/switches.json'

/** Reads everything from the file. */
async function load() {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Writes everything to the file. */
async function save(data) {
  await writeFile(file, `${JSON.stringify(data, null, 2)}\n`)
}

module.exports = { load, save }
