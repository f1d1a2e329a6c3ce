for (let at = 0; at < 3; at += 1) {
  test(`letters ${at}`, async () => {
    await new Promise((settle) => setTimeout(settle, 400))
    expect(at).toBeLessThan(3)
  })
}
