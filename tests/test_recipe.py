from pathlib import Path

import pytest

from data.errors import BadRecipe
from training.ingredients import Ingredients
from training.recipe import read_recipe

RECIPES = Path(__file__).parent.parent / "training" / "recipes"

WHOLE = """
name = "small"
task = "stance"
base_model = "base"
max_tokens = 64
dev = ["dev.jsonl"]

[[stages]]
name = "one"
files = ["train.jsonl"]
epochs = 1
learning_rate = 1e-3
batch_size = 4
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.name)
def test_shipped_recipes_are_valid_and_never_read_a_test_split(path):
    recipe = read_recipe(path)

    assert recipe.name == path.stem
    assert not [file for stage in recipe.stages for file in (*stage.files, *recipe.dev) if "test" in file]


def test_source_files_are_never_test_splits():
    from data.sources import sources

    assert not [str(file) for source in sources().values() for file in source.files if "test" in file.name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("max_tokens = 64", "max_tokens = 9000"), r"max_tokens: Input should be less than or equal to 512"),
        (("epochs = 1", "epochs = 0"), r"stages\.0\.epochs: Input should be greater than 0"),
        (('task = "stance"', 'task = "poetry"'), "task: Input should be 'stance' or 'attribution'"),
        (("batch_size = 4", "batch_size = 4\nbatchsize = 4"), r"stages\.0\.batchsize: Extra inputs are not permitted"),
        (('files = ["train.jsonl"]', ""), "stage one names no data"),
        (('dev = ["dev.jsonl"]', 'dev = ["train.jsonl"]'), "train.jsonl: trained on and measured with"),
        (
            ("batch_size = 4", "batch_size = 4\nteacher_share = 0.5"),
            "stage one learns from teachers, and the recipe names",
        ),
        (('name = "small"', 'name = "small"\nteachers = ["nobody"]'), r"nobody\.toml: no such recipe"),
        (('name = "small"', 'name = "small"\nteachers = ["recipe"]'), "teachers: expected other recipes, found this"),
        (("name =", "name"), "not a TOML file"),
    ],
)
def test_nonsense_is_refused_by_place_and_reason(tmp_path, change, message):
    with pytest.raises(BadRecipe, match=message):
        read_recipe(written(tmp_path, WHOLE.replace(*change, 1)))


def test_missing_recipe_names_the_shipped_ones(tmp_path):
    with pytest.raises(BadRecipe, match=r"no such recipe; the shipped ones are attribution-192\.toml, .*stance\.toml"):
        read_recipe(tmp_path / "stanc.toml")


def test_missing_data_is_found_out_before_training(tmp_path):
    with pytest.raises(BadRecipe, match=r"train\.jsonl: found neither in .* name the folder with --data"):
        Ingredients(read_recipe(written(tmp_path, WHOLE)), tmp_path)


def test_unknown_source_is_named(tmp_path):
    text = WHOLE.replace('files = ["train.jsonl"]', 'sources = ["lingnlo"]')

    with pytest.raises(BadRecipe, match=r"source lingnlo: not in data/sources\.toml, which has lingnli"):
        Ingredients(read_recipe(written(tmp_path, text)), tmp_path)


def test_fingerprint_follows_settings_and_bytes_of_the_stages_done(tmp_path):
    second = WHOLE[WHOLE.index("[[stages]]") :].replace("one", "two").replace("train", "more")
    for name in ("train", "more", "dev"):
        (tmp_path / f"{name}.jsonl").write_text(name)
    before = Ingredients(read_recipe(written(tmp_path, WHOLE + second)), tmp_path)
    (tmp_path / "more.jsonl").write_text("changed")
    after = Ingredients(read_recipe(written(tmp_path, WHOLE + second)), tmp_path)
    slower = Ingredients(read_recipe(written(tmp_path, WHOLE.replace("1e-3", "1e-4") + second)), tmp_path)

    assert before.fingerprint(1) == after.fingerprint(1)
    assert before.fingerprint(2) != after.fingerprint(2)
    assert before.fingerprint(1) != slower.fingerprint(1)
