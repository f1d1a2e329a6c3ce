import shop


def test_returns_come_one_after_another():
    for number in range(20):
        shop.place({"return": number})
        shop.wait(0.03)
