"""What tests share."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # tiny networks: threads would only wait for one another

sys.path.insert(0, str(Path(__file__).parent / "information"))
