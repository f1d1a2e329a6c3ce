import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { importing } from '../suites/importing.ts'

importing(openNodeSqlite)
