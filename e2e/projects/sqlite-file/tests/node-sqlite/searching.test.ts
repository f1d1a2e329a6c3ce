import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { searching } from '../suites/searching.ts'

searching(openNodeSqlite)
