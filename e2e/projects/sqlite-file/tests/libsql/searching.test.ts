import { openLibsql } from '../../src/drivers/libsql.ts'
import { searching } from '../suites/searching.ts'

searching(openLibsql)
