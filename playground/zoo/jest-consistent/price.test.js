describe('price', () => {
  test('is a number', () => {
    expect(typeof 1).toBe('number')
  })
  test('rounds up', () => {
    expect(Math.round(1.4)).toBe(2)
  })
})
