"""Lets `python -m refseg_cli` do what `refseg` does, for launchers that start modules."""

from refseg_cli.app import main

if __name__ == "__main__":
    main()
