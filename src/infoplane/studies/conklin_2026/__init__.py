"""Do language models expand, then compress? The planes of small GPTs, before and after the null."""
