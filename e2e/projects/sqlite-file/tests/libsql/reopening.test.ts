import { openLibsql } from '../../src/drivers/libsql.ts'
import { reopening } from '../suites/reopening.ts'

reopening(openLibsql)
