"""`python -m stokehold`: the same as `stoke`."""

from stokehold.cli.main import main

if __name__ == "__main__":
    main()
