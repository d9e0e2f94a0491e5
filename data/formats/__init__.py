"""The files of labelling tools: one module a tool, which says how it wraps a pair and what it makes of an answer."""
