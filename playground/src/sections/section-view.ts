import { html } from 'hono/html'
import { assessment } from '../assessments/assessment.ts'
import { assessmentColumns } from '../assessments/assessment-view.ts'
import { link, meter, subheading, table } from '../pages/parts.ts'
import type { View } from '../pages/record-pages.ts'
import { creator, editor } from '../pages/record-pages.ts'
import { listRecords } from '../records/records.ts'
import { section } from './section.ts'

export const sectionView: View = {
  entity: section,
  intro: 'Courses as they are taught, term by term.',
  columns: [
    {
      heading: 'Section',
      cell: (row) => link('sections', row, `${row['code']}-${row['number']}`),
    },
    { heading: 'Title', cell: (row) => row['title'] ?? '' },
    { heading: 'Term', cell: (row) => row['term'] ?? '' },
    { heading: 'Instructor', cell: (row) => row['instructor'] ?? '' },
    { heading: 'Enrolled', numeric: true, cell: (row) => row['enrolled'] ?? 0 },
    {
      heading: 'Assessments complete',
      cell: (row) => meter(Number(row['complete']), Number(row['assessments'])),
    },
  ],
  title: (row) => `${row['code']}-${row['number']} ${row['title']}`,
  subtitle: (row) => String(row['term']),
  facts: (row) => [
    ['Instructor', row['instructor'] ?? ''],
    ['Enrolled', row['enrolled'] ?? 0],
    ['Assessments complete', `${row['complete']} of ${row['assessments']}`],
  ],
  below: ({ database, user, row }) =>
    html`<section>
      ${subheading('Assessments', creator(database, user, assessment, { section_id: row.id }))}
      ${table(
        'Assessments',
        [
          ...assessmentColumns,
          {
            heading: '',
            cell: (each) => editor(database, user, assessment, each, String(each['title'])),
          },
        ],
        listRecords(database, assessment, user, {
          sql: 'assessments.section_id = ?',
          values: [row.id],
        }),
        'No assessments yet.',
      )}
    </section>`,
}
