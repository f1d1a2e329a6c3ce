import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { archiving } from '../suites/archiving.ts'

archiving(openBetterSqlite3)
