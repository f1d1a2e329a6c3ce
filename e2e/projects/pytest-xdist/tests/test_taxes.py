import pytest


@pytest.mark.parametrize("net, gross", [(100, 119), (10, 12)])
def test_tax_is_added(net, gross):
    assert round(net * 1.19, 2) == gross
