"""A plugin of pytest: the JUnit file says of each test which worker of pytest-xdist ran it, and since when."""

import os
import time

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        item.user_properties.append(("isolane.worker", worker))
    item.user_properties.append(("isolane.start", "%.3f" % time.time()))
    yield
