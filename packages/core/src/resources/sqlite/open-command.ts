import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The one-line command that opens a database: the `sqlite3` shell where there is one, else a Node.js prompt. */
export function openCommand(path: string, searchPath = process.env['PATH'] ?? ''): string {
  if (onPath('sqlite3', searchPath)) return `sqlite3 ${shellQuoted(path)}`
  const script = [
    `const { DatabaseSync } = require('node:sqlite')`,
    `globalThis.db = new DatabaseSync(${JSON.stringify(path)})`,
    `globalThis.sql = (text) => db.prepare(text).all()`,
    `console.table(sql("SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'view')"))`,
    `console.log("Type sql('SELECT ...')")`,
  ].join('; ')
  return `node --no-warnings -i -e ${shellQuoted(script)}`
}

function onPath(command: string, searchPath: string): boolean {
  const names = process.platform === 'win32' ? [`${command}.exe`] : [command]
  return searchPath
    .split(delimiter)
    .filter((dir) => dir !== '')
    .some((dir) => names.some((name) => isExecutable(join(dir, name))))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function shellQuoted(text: string): string {
  if (process.platform === 'win32') return `"${text.replaceAll('"', '\\"')}"`
  return `'${text.replaceAll("'", `'\\''`)}'`
}
