import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { searching } from '../suites/searching.ts'

searching(openBetterSqlite3)
