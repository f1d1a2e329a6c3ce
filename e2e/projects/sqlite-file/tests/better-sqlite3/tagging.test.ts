import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { tagging } from '../suites/tagging.ts'

tagging(openBetterSqlite3)
