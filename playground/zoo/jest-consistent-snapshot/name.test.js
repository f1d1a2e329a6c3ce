test('greets', () => {
  expect(`Hello, ${'ada'}`).toMatchInlineSnapshot(`"Hello, Ada"`)
})

test('knows the name', () => {
  expect('ada').toHaveLength(3)
})
