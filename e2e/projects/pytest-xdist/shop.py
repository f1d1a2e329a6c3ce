"""The shop that the tests are of: its orders are a file beside it."""

import json
import time
from pathlib import Path

orders = Path(__file__).parent / "orders.json"
prices = {}


def place(order):
    orders.write_text(json.dumps(order))


def placed():
    return json.loads(orders.read_text())


def wait(seconds):
    time.sleep(seconds)
