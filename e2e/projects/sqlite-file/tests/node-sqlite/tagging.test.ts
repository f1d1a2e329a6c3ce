import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { tagging } from '../suites/tagging.ts'

tagging(openNodeSqlite)
