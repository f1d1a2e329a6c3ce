import { describeForeignMarks } from './foreign-marks.ts'

describeForeignMarks('second', 'first')
