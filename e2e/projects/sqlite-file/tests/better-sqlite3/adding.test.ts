import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { adding } from '../suites/adding.ts'

adding(openBetterSqlite3)
