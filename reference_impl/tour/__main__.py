"""`python -m reference_impl.tour --gateway URL --credentials DIR --status URL [--chapter NAME]`."""

from __future__ import annotations

import sys

from reference_impl.tour.command import main

if __name__ == "__main__":
    sys.exit(main())
