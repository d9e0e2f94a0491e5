"""A recipe: everything that makes one checkpoint, in one typed file."""

import importlib.util
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from data.errors import BadRecipe
from model.checkpoint import Task

__all__ = ["Recipe", "Stage", "read_recipe"]


class Stage(BaseModel):
    """One pass of training over some data, from where the stage before left off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    sources: tuple[str, ...] = ()
    """Public data sets by their names in `data/sources.toml` (task stance only)."""
    files: tuple[str, ...] = ()
    """Labelled pairs (task stance) or annotated articles (task attribution), below the data folder."""
    annotations: tuple[str, ...] = ()
    """Stand-off labels (task stance), which are joined with the articles in `originals`."""
    originals: tuple[str, ...] = ()
    """Articles with `id` and `text`, below the data folder, that the annotations point into."""
    opposites: str | None = None
    """A table of claims and their opposites: rows of files and annotations come a second time with the claim turned."""
    unlabelled: tuple[str, ...] = ()
    """Files of articles, below the data folder, for the teachers to label: their words (task attribution), or what
    their statements say toward each other (task stance)."""
    unlabelled_sample: int | None = Field(default=None, ge=1)
    """So many of the articles, drawn by the recipe's seed; without it all."""
    teacher_share: float = Field(default=0.0, ge=0, le=1)
    """How much of a labelled row's target is the teachers' mean; the rest is its label."""
    epochs: float = Field(gt=0, le=100)
    stop_after: float | None = Field(default=None, gt=0)
    """Epochs after which the stage ends although the learning rate is planned to fall for `epochs` of them."""
    learning_rate: float = Field(gt=0, lt=0.1)
    batch_size: int = Field(ge=1)
    warmup: float = Field(default=0.06, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    choose: Literal["best", "last"] = "best"
    """Keep the save that scores best on dev, or the last one."""
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1)
    """The stage is run once for each, in another order of the rows, and the weights kept are the mean of all."""

    @model_validator(mode="after")
    def _has_data(self) -> "Stage":
        if not (self.sources or self.files or self.annotations or self.unlabelled):
            raise ValueError(f"stage {self.name} names no data: give it sources or files")
        if self.annotations and not self.originals:
            raise ValueError(f"stage {self.name} has annotations without their articles: name them in originals")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"stage {self.name}: the same seed twice, which gives the same weights twice: drop one")
        return self

    @property
    def taught(self) -> bool:
        """Whether it learns from teachers."""
        return bool(self.unlabelled) or self.teacher_share > 0


class Recipe(BaseModel):
    """What `stance train` reads. The same recipe, data and machine give the same checkpoint."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    task: Task
    base_model: str
    """An installed package that carries a model folder, a folder, or a hub name."""
    max_tokens: int = Field(ge=16, le=512)
    seed: int = 13
    dev: tuple[str, ...] = Field(min_length=1)
    """Chosen, calibrated and measured on: never trained on."""
    teachers: tuple["Recipe", ...] = ()
    """Models that are made first, whose mean then labels what no one has; in the file, names of recipes beside it."""
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _teachers_teach(self) -> "Recipe":
        if any(teacher.task != self.task or teacher.teachers for teacher in self.teachers):
            raise ValueError("teachers: expected recipes of the same task that have no teachers themselves")
        if not self.teachers and (taught := [stage.name for stage in self.stages if stage.taught]):
            raise ValueError(f"stage {taught[0]} learns from teachers, and the recipe names none: give it teachers")
        return self

    @model_validator(mode="after")
    def _dev_is_not_trained_on(self) -> "Recipe":
        trained = {file for stage in self.stages for file in stage.files}
        if both := trained & set(self.dev):
            raise ValueError(f"{', '.join(sorted(both))}: trained on and measured with; take it out of one of the two")
        return self

    @property
    def base_folder(self) -> str:
        """Where the base encoder is: the folder inside an installed package, or the name as it stands."""
        name = self.base_model.replace("-", "_")
        found = importlib.util.find_spec(name) if name.isidentifier() else None
        if found is None or found.origin is None:
            return self.base_model
        return str(Path(found.origin).parent / "model")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a TOML file, with those of its teachers from the same folder; raises BadRecipe."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        if teachers := document.get("teachers"):
            document["teachers"] = [_read_teacher(path, name) for name in teachers]
        return Recipe.model_validate(document)
    except FileNotFoundError:
        shipped = ", ".join(sorted(str(file.name) for file in (Path(__file__).parent / "recipes").glob("*.toml")))
        raise BadRecipe(f"{path}: no such recipe; the shipped ones are {shipped} in training/recipes/") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(f"{path}: not a TOML file: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadRecipe(
            f"{path}: {place + ': ' if place else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None


def _read_teacher(path: Path, name: str) -> Recipe:
    teacher = path.with_name(f"{name}.toml")
    if teacher == path:
        raise BadRecipe(f"{path}: teachers: expected other recipes, found this one; take it out")
    return read_recipe(teacher)
