"""Archives: read without believing them, compared with what is there, restored as a whole."""
