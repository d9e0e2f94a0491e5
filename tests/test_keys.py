import logging
import re
import stat
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

import stance
from data.errors import BadInput
from serving.keys import Keys, add_key, read_keys


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys.txt"


def test_a_key_opens_and_its_file_does_not_hold_it(file: Path) -> None:
    ana, ben = add_key("ana", file), add_key("ben", file)
    assert re.fullmatch(r"stance_[\w-]{43}", ana)
    assert ana != ben
    keys = Keys(file)
    assert [keys.holder(key) for key in (ana, ben, ana)] == ["ana", "ben", "ana"]
    assert file.read_text() == f"ana:{sha256(ana.encode()).hexdigest()}\nben:{sha256(ben.encode()).hexdigest()}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for other in ("", "ana", ana[:-1], f"{ana}x", ana.upper(), "é😀", read_keys(file)["ana"]):
        assert keys.holder(other) is None


def test_a_line_that_is_gone_or_new_counts_at_once(file: Path) -> None:
    ana = add_key("ana", file)
    keys = Keys(file)
    assert keys.holder(ana) == "ana"
    ben = add_key("ben", file)
    assert keys.holder(ben) == "ben"
    file.write_text("".join(line for line in file.read_text().splitlines(keepends=True) if line[:4] != "ana:"))
    assert (keys.holder(ana), keys.holder(ben)) == (None, "ben")
    file.write_text("")
    assert keys.holder(ben) is None


def test_adding_keeps_what_stands_there(file: Path) -> None:
    written = f"# the newsroom\n\nana:{'0' * 64}"
    file.write_text(written)
    file.chmod(0o640)
    key = add_key("ben", file)
    assert file.read_text() == f"{written}\nben:{sha256(key.encode()).hexdigest()}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "line", ["ana", f"ana:{'0' * 63}", f"ana:{'A' * 64}", f"an na:{'0' * 64}", f":{'0' * 64}", "stance_secret", "\0"]
)
def test_a_wrong_line_is_named_by_its_place_and_not_repeated(file: Path, line: str) -> None:
    file.write_text(f"ben:{'1' * 64}\n{line}\n")
    with pytest.raises(BadInput, match=rf"^{re.escape(str(file))}:2: expected name:hash") as raised:
        read_keys(file)
    assert "secret" not in str(raised.value)


def test_a_name_stands_once(file: Path) -> None:
    add_key("ana", file)
    before = file.read_text()
    with pytest.raises(BadInput, match="there is a key named ana"):
        add_key("ana", file)
    assert file.read_text() == before
    file.write_text(before * 2)
    with pytest.raises(BadInput, match=":2: expected each name once, found ana again"):
        read_keys(file)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\nb", "é", "x" * 65])
def test_an_unfit_name_makes_no_file(file: Path, name: str) -> None:
    with pytest.raises(BadInput, match="expected a name of at most 64 letters"):
        add_key(name, file)
    assert not file.exists()


@pytest.mark.parametrize("content", [b"half a li", b"\xff\xfe", None])
def test_a_broken_file_refuses_every_key_says_so_once_and_mends(
    file: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    key = add_key("ana", file)
    good = file.read_bytes()
    keys = Keys(file)
    assert keys.holder(key) == "ana"
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    for _ in range(3):
        with pytest.raises(BadInput, match=re.escape(str(file))):
            keys.holder(key)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage().endswith("; until then every key is refused")
    file.write_bytes(good)
    assert keys.holder(key) == "ana"


def test_the_command_prints_the_key_and_nothing_else(file: Path) -> None:
    done = CliRunner().invoke(stance.app, ["keys", "add", "ana", "--keys", str(file)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert Keys(file).holder(done.stdout.removesuffix("\n")) == "ana"
