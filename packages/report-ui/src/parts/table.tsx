import type { ComponentChildren, JSX } from 'preact'

/** The name of a column; figures are aligned to the right. */
export type Column = string | { readonly figure: string }

/** The row of column names. */
function Head({ columns }: { columns: readonly Column[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map((column) =>
          typeof column === 'string' ? (
            <th key={column} scope="col">
              {column}
            </th>
          ) : (
            <th key={column.figure} scope="col" class="number">
              {column.figure}
            </th>
          ),
        )}
      </tr>
    </thead>
  )
}

/** A table that scrolls by itself where it is wider than the page, by mouse and by keyboard. */
export function Table(props: {
  /** What it is of, for whoever reads by ear. */
  label: string
  columns: readonly Column[]
  /** `plain` is as wide as the page, `narrow` as its content. */
  look?: 'plain' | 'narrow' | 'history'
  children: ComponentChildren
}): JSX.Element {
  const { label, columns, look = 'plain', children } = props
  const isNarrow = look === 'narrow'
  return (
    <div class={isNarrow ? 'scroll fit' : 'scroll'} tabIndex={0} role="region" aria-label={label}>
      <table class={isNarrow ? 'plain narrow' : look}>
        <Head columns={columns} />
        <tbody>{children}</tbody>
      </table>
    </div>
  )
}
