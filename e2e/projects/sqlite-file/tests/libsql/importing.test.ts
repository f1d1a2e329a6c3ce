import { openLibsql } from '../../src/drivers/libsql.ts'
import { importing } from '../suites/importing.ts'

importing(openLibsql)
