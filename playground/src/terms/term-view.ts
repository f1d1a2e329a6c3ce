import type { View } from '../pages/record-pages.ts'
import { link } from '../pages/parts.ts'
import { term } from './term.ts'

export const termView: View = {
  entity: term,
  intro: 'Terms of the academic year, newest first.',
  columns: [
    { heading: 'Name', cell: (row) => link('terms', row, String(row['name'])) },
    { heading: 'Institution', cell: (row) => row['institution'] ?? '' },
    { heading: 'Starts on', cell: (row) => row['starts_on'] ?? '' },
    { heading: 'Ends on', cell: (row) => row['ends_on'] ?? '' },
    { heading: 'Sections', numeric: true, cell: (row) => row['sections'] ?? 0 },
  ],
  title: (row) => String(row['name']),
  subtitle: (row) => String(row['institution']),
  facts: (row) => [
    ['Starts on', row['starts_on'] ?? ''],
    ['Ends on', row['ends_on'] ?? ''],
    ['Sections', row['sections'] ?? 0],
  ],
}
