"""``python -m graphgrad``: the command line."""

import sys

from graphgrad.cli import main

sys.exit(main())
