import { badge, link, meter } from '../pages/parts.ts'
import type { Column } from '../pages/parts.ts'
import type { View } from '../pages/record-pages.ts'
import { assessment } from './assessment.ts'

/** Columns that a list of assessments has wherever it is shown. */
export const assessmentColumns: readonly Column[] = [
  { heading: 'Title', cell: (row) => link('assessments', row, String(row['title'])) },
  { heading: 'Status', cell: (row) => badge(String(row['status'])) },
  { heading: 'Assessed', numeric: true, cell: (row) => row['took'] ?? '' },
  { heading: 'Passed', cell: (row) => meter(Number(row['passed']), Number(row['took'])) },
]

export const assessmentView: View = {
  entity: assessment,
  intro: 'Examinations, projects and papers, and how many students passed.',
  columns: [
    { heading: 'Section', cell: (row) => `${row['code']}-${row['number']}` },
    ...assessmentColumns,
  ],
  title: (row) => String(row['title']),
  subtitle: (row) => `${row['code']}-${row['number']}, ${row['term']}`,
  facts: (row) => [
    ['Status', badge(String(row['status']))],
    ['Students assessed', row['took'] ?? ''],
    ['Students passed', row['passed'] ?? ''],
    ['Notes', row['notes'] ?? ''],
  ],
}
