import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { editing } from '../suites/editing.ts'

editing(openNodeSqlite)
