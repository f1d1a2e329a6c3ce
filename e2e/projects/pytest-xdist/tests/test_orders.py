import shop


def test_an_order_stays_as_it_was_placed():
    for _ in range(10):
        shop.place({"item": "book"})
        shop.wait(0.05)
        assert shop.placed() == {"item": "book"}
