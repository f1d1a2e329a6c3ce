import shop


def test_a_price_is_set():
    shop.prices["book"] = 12
    assert shop.prices["book"] == 12


def test_without_a_price_a_book_is_free():
    assert shop.prices.get("book", 0) == 0
