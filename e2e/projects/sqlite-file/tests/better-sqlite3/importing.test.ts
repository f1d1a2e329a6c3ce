import { openBetterSqlite3 } from '../../src/drivers/better-sqlite3.ts'
import { importing } from '../suites/importing.ts'

importing(openBetterSqlite3)
