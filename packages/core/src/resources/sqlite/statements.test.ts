import { expect, test } from 'vitest'
import { splitStatements } from './statements.ts'

test.each([
  ['', []],
  ['  -- only a comment;\n/* another; */ ;;', []],
  ['SELECT 1', [[1, 'SELECT 1']]],
  [
    `SELECT ';' , ";", [;], \`;\`; -- ;\n\nSELECT 'it''s;' /* ; */ ;`,
    [
      [1, `SELECT ';' , ";", [;], \`;\`;`],
      [3, `SELECT 'it''s;' /* ; */ ;`],
    ],
  ],
  [
    'create temp trigger t after insert on a begin\n select case when 1 then 2 end;\nend;\nSELECT 2;',
    [
      [1, 'create temp trigger t after insert on a begin\n select case when 1 then 2 end;\nend;'],
      [4, 'SELECT 2;'],
    ],
  ],
  [`SELECT 'never closed; SELECT 2`, [[1, `SELECT 'never closed; SELECT 2`]]],
])('%j', (sql, expected) => {
  expect(splitStatements(sql).map(({ line, text }) => [line, text])).toEqual(expected)
})
