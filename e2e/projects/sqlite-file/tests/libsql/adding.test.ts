import { openLibsql } from '../../src/drivers/libsql.ts'
import { adding } from '../suites/adding.ts'

adding(openLibsql)
