const numberOf = (date) => Math.floor(date.getTime() / 3)

test('has an even number', () => {
  expect(numberOf(new Date()) % 2).toBe(0)
})
