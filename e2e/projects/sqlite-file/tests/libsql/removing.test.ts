import { openLibsql } from '../../src/drivers/libsql.ts'
import { removing } from '../suites/removing.ts'

removing(openLibsql)
