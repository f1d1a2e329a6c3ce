const numberOf = (date) => date.getTime()

test('has an even number', () => {
  expect(numberOf(new Date()) % 2).toBe(0)
})
