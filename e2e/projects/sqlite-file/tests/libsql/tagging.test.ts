import { openLibsql } from '../../src/drivers/libsql.ts'
import { tagging } from '../suites/tagging.ts'

tagging(openLibsql)
