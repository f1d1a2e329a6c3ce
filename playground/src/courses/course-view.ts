import { html } from 'hono/html'
import type { View } from '../pages/record-pages.ts'
import { creator } from '../pages/record-pages.ts'
import { link, subheading, table } from '../pages/parts.ts'
import { listRecords } from '../records/records.ts'
import { section } from '../sections/section.ts'
import { course } from './course.ts'

export const courseView: View = {
  entity: course,
  intro: 'Courses that you teach or look after.',
  columns: [
    { heading: 'Code', cell: (row) => row['code'] ?? '' },
    { heading: 'Title', cell: (row) => link('courses', row, String(row['title'])) },
    { heading: 'Program', cell: (row) => row['program'] ?? '' },
    { heading: 'Credits', numeric: true, cell: (row) => row['credits'] ?? 0 },
    { heading: 'Sections', numeric: true, cell: (row) => row['sections'] ?? 0 },
  ],
  title: (row) => `${row['code']} ${row['title']}`,
  subtitle: (row) => String(row['program']),
  facts: (row) => [
    ['Program', row['program'] ?? ''],
    ['Credits', row['credits'] ?? 0],
    ['Sections', row['sections'] ?? 0],
  ],
  below: ({ database, user, row }) =>
    html`<section>
      ${subheading('Sections', creator(database, user, section, { course_id: row.id }))}
      ${table(
        'Sections',
        [
          {
            heading: 'Section',
            cell: (each) => link('sections', each, `${each['code']}-${each['number']}`),
          },
          { heading: 'Term', cell: (each) => each['term'] ?? '' },
          { heading: 'Instructor', cell: (each) => each['instructor'] ?? '' },
          { heading: 'Enrolled', numeric: true, cell: (each) => each['enrolled'] ?? 0 },
        ],
        listRecords(database, section, user, { sql: 'sections.course_id = ?', values: [row.id] }),
        'No sections yet.',
      )}
    </section>`,
}
