import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { reopening } from '../suites/reopening.ts'

reopening(openBetterSqlite3)
