"""The planes in motion: one picture an epoch, written as GIF, MP4 or WebM."""
