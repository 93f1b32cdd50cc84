"""`python -m reference_impl.clients PROGRAM ...`."""

from __future__ import annotations

import sys

from reference_impl.clients.cli import main

if __name__ == "__main__":
    sys.exit(main())
