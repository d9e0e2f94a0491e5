"""The exceptions of this project. Each message says what was expected, what was found and what to do.

StanceError
├── BadInput        text, a row or a file that cannot be read     exit 1 · HTTP 422
├── BadRecipe       a training recipe that contradicts itself     exit 1
├── BadCheckpoint   a model folder that cannot be trusted         exit 1 · the server does not start
└── MissingExtra    an optional dependency is not installed       exit 1
"""

__all__ = ["BadCheckpoint", "BadInput", "BadRecipe", "MissingExtra", "StanceError"]


class StanceError(Exception):
    """Any failure that a user can understand and mend. Its text is one line, shown without a traceback."""


class BadInput(StanceError):
    """A text, a row or a file that cannot be read."""


class BadRecipe(StanceError):
    """A training recipe that contradicts itself or names what is not there."""


class BadCheckpoint(StanceError):
    """A model folder that is missing, cut short, altered or made for another task."""


class MissingExtra(StanceError):
    """An optional dependency is not installed."""
