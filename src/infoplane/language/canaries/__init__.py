"""What does a language model memorize? Random continuations that some networks saw."""
