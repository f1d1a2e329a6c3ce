import { html } from 'hono/html'
import { program } from '../programs/program.ts'
import type { View } from '../pages/record-pages.ts'
import { creator } from '../pages/record-pages.ts'
import { link, subheading, table } from '../pages/parts.ts'
import { listRecords } from '../records/records.ts'
import { institution } from './institution.ts'

export const institutionView: View = {
  entity: institution,
  intro: 'Colleges and universities that keep their records here.',
  columns: [
    { heading: 'Name', cell: (row) => link('institutions', row, String(row['name'])) },
    { heading: 'City', cell: (row) => row['city'] ?? '' },
    { heading: 'Programs', numeric: true, cell: (row) => row['programs'] ?? 0 },
    { heading: 'People', numeric: true, cell: (row) => row['people'] ?? 0 },
  ],
  title: (row) => String(row['name']),
  subtitle: (row) => String(row['city']),
  facts: (row) => [
    ['Programs', row['programs'] ?? 0],
    ['People', row['people'] ?? 0],
  ],
  below: ({ database, user, row }) =>
    html`<section>
      ${subheading('Programs', creator(database, user, program, { institution_id: row.id }))}
      ${table(
        'Programs',
        [
          { heading: 'Code', cell: (each) => each['code'] ?? '' },
          { heading: 'Name', cell: (each) => link('programs', each, String(each['name'])) },
          { heading: 'Courses', numeric: true, cell: (each) => each['courses'] ?? 0 },
        ],
        listRecords(database, program, user, {
          sql: 'programs.institution_id = ?',
          values: [row.id],
        }),
        'No programs yet.',
      )}
    </section>`,
}
