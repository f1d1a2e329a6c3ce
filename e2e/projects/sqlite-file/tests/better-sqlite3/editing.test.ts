import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { editing } from '../suites/editing.ts'

editing(openBetterSqlite3)
