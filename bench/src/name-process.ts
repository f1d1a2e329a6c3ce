import { appendFileSync } from 'node:fs'

/**
 * Imported before everything else by the processes of a bench: each that is not a worker of another adds
 * its process id to a file.
 */
const path = process.env['ISOLANE_BENCH_PROCESSES']
if (path !== undefined && process.send === undefined) appendFileSync(path, `${process.pid}\n`)
