"""Notes that other programs wrote: recognised, placed on their words, brought in as a whole."""
