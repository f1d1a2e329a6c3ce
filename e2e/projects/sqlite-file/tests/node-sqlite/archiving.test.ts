import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { archiving } from '../suites/archiving.ts'

archiving(openNodeSqlite)
