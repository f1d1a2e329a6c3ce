import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { removing } from '../suites/removing.ts'

removing(openBetterSqlite3)
