import { html } from 'hono/html'
import { course } from '../courses/course.ts'
import { dialog, opener, select } from '../pages/dialog.ts'
import type { Html } from '../pages/layout.ts'
import { link, subheading, table } from '../pages/parts.ts'
import type { Shown, View } from '../pages/record-pages.ts'
import { creator } from '../pages/record-pages.ts'
import { listRecords } from '../records/records.ts'
import { adminsOf, candidatesFor, mayAppoint } from './program-admins.ts'
import { program } from './program.ts'

export const programView: View = {
  entity: program,
  intro: 'Programs of study that you can see.',
  columns: [
    { heading: 'Code', cell: (row) => row['code'] ?? '' },
    { heading: 'Name', cell: (row) => link('programs', row, String(row['name'])) },
    { heading: 'Institution', cell: (row) => row['institution'] ?? '' },
    { heading: 'Courses', numeric: true, cell: (row) => row['courses'] ?? 0 },
  ],
  title: (row) => String(row['name']),
  subtitle: (row) => `${row['code']}, ${row['institution']}`,
  facts: (row) => [
    ['Institution', row['institution'] ?? ''],
    ['Courses', row['courses'] ?? 0],
  ],
  below: (shown) => html`${courses(shown)}${admins(shown)}`,
}

function courses({ database, user, row }: Shown): Html {
  return html`<section>
    ${subheading('Courses', creator(database, user, course, { program_id: row.id }))}
    ${table(
      'Courses',
      [
        { heading: 'Code', cell: (each) => each['code'] ?? '' },
        { heading: 'Title', cell: (each) => link('courses', each, String(each['title'])) },
        { heading: 'Credits', numeric: true, cell: (each) => each['credits'] ?? 0 },
      ],
      listRecords(database, course, user, { sql: 'courses.program_id = ?', values: [row.id] }),
      'No courses yet.',
    )}
  </section>`
}

function admins({ database, user, row }: Shown): Html {
  const candidates = mayAppoint(user) ? candidatesFor(database, row.id) : []
  const appoint = html`${opener('appoint', 'Appoint an admin', 'quiet')}${dialog({
    id: 'appoint',
    title: 'Appoint a program admin',
    method: 'POST',
    to: `/api/programs/${row.id}/admins`,
    save: 'Appoint',
    body: select(
      'user_id',
      'Person',
      candidates.map(({ id, name }) => [id, name] as const),
    ),
  })}`
  return html`<section>
    ${subheading('Program admins', candidates.length > 0 ? appoint : '')}
    ${table(
      'Program admins',
      [
        { heading: 'Name', cell: (each) => each['name'] ?? '' },
        { heading: 'E-mail', cell: (each) => each['email'] ?? '' },
      ],
      adminsOf(database, row.id),
      'Nobody looks after this program yet.',
    )}
  </section>`
}
