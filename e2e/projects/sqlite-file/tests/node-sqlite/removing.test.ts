import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { removing } from '../suites/removing.ts'

removing(openNodeSqlite)
