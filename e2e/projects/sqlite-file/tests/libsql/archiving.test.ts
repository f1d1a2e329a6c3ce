import { openLibsql } from '../../src/drivers/libsql.ts'
import { archiving } from '../suites/archiving.ts'

archiving(openLibsql)
