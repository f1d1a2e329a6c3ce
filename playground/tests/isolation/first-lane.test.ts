import { describeForeignMarks } from './foreign-marks.ts'

describeForeignMarks('first', 'second')
