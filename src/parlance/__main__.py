"""`python -m parlance`."""

from parlance.cli.main import main

if __name__ == "__main__":
    main(prog_name="parlance")
