import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { adding } from '../suites/adding.ts'

adding(openNodeSqlite)
