"""``voc``: the command line. Also ``python -m service``."""

from __future__ import annotations

import sys

from service.cli.main import run


def main() -> None:
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
