"""Caretaker: the edge agent. Read app.py top to bottom to see every part; each folder is one layer of the house."""

from typing import Final

VERSION: Final = "0.1.0"
