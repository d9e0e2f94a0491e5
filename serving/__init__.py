"""The doors: command line, HTTP, files."""
