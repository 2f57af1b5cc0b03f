"""`python -m simulator`: the same as `caretaker-sim`."""

from simulator.cli import main

main()
