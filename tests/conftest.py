"""What tests share."""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # tiny networks: threads would only wait for one another
