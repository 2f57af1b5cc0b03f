"""`python -m agent`: the command line, for places without the console script."""

from agent.cli import main

if __name__ == "__main__":
    main()
