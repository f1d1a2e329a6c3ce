import { openNodeSqlite } from '../../src/drivers/node-sqlite.ts'
import { reopening } from '../suites/reopening.ts'

reopening(openNodeSqlite)
