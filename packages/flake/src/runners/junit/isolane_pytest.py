"""A plugin of pytest: the JUnit file says of each test in which file it is, which worker of pytest-xdist ran it, and since
when. What pytest itself writes of the file is relative to its rootdir, and not to where it was started."""

import os
import time

import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    item.user_properties.append(("isolane.file", str(getattr(item, "path", "") or item.fspath)))
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        item.user_properties.append(("isolane.worker", worker))
    item.user_properties.append(("isolane.start", "%.3f" % time.time()))
    yield
