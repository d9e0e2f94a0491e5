"""Article text to statements: segments, windows, tags, marks, linking, speakers."""
