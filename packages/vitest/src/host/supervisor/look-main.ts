/**
 * `look-main.js <address> <pid>`: asks the inspector of a worker from inside of the worker's network, and prints as
 * JSON what the worker is doing.
 */
import { askInspector } from './inspector.ts'

const [, , address = '', pid] = process.argv

process.stdout.write(JSON.stringify(await askInspector(address, Number(pid))))
