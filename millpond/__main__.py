"""`python -m millpond` does what `mlp` does."""

import sys

from .face.main import main

if __name__ == "__main__":
    sys.exit(main())
