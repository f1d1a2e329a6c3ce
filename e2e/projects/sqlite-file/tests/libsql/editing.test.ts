import { openLibsql } from '../../src/drivers/libsql.ts'
import { editing } from '../suites/editing.ts'

editing(openLibsql)
