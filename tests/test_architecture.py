"""The import table of docs/architecture.md and the imports, kept in step."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
LAYERS = [group.split() for group in re.search(r"`errors skeleton.*?`cli`", PAGE, re.DOTALL).group()
          .replace("`", "").replace("\n", " ").split("→")]  # fmt: skip
TABLE = {
    module: set(re.findall(r"`([\w.]+)`", row[1]))
    for row in re.findall(r"^\| (`[\w.]+`.*?) \| (.*?) \|$", PAGE.split("In `poseweb/`:")[1], re.MULTILINE)
    for module in re.findall(r"`([\w.]+)`", row[0])
}
WHOLE = {"models", "management"}  # packages that the table takes as one
ROOMS = {folder.name for folder in (ROOT / "poseweb").iterdir() if (folder / "__init__.py").exists()} - WHOLE
FOLDERS = {"poseweb"} | {f"poseweb.{room}" for room in ROOMS}
HEAVY = {"pycocotools", "pillow_heif", "estimator.evaluation"}  # optional: may be imported inside a function


def modules(folder):
    return [file for file in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in file.parts]


def named(file):
    """The name that a file of poseweb is imported by, without poseweb itself."""
    return ".".join(file.relative_to(ROOT / "poseweb").with_suffix("").parts).removesuffix(".__init__")


def imports(file):
    """(what, whether at the top) of every import in a file; names imported from poseweb or a room count as modules."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            for alias in node.names:
                yield (f"{node.module}.{alias.name}" if node.module in FOLDERS else node.module or ""), node in top


def place(name):
    """What the table calls a module of poseweb: room.module, or the first word where it stands in no room."""
    first, *rest = name.removeprefix("poseweb.").split(".")
    return f"{first}.{rest[0]}" if first in ROOMS and rest else first


def layer(name):
    return next(i for i, group in enumerate(LAYERS) if name in group)


@pytest.mark.parametrize("file", modules("estimator"), ids=lambda f: str(f.relative_to(ROOT)))
def test_the_estimator_knows_only_what_lies_below(file):
    own = file.relative_to(ROOT / "estimator").parts[0].removesuffix(".py")
    for name, _ in imports(file):
        assert name.split(".")[0] not in {"django", "celery", "poseweb"}
        if name.startswith("estimator.") and own not in ("__init__", "__main__"):
            other = name.split(".")[1]
            assert other == own or layer(other) < layer(own), f"{own} imports {other}"


def test_only_the_cli_reads_the_environment():
    readers = {f.parent.name for f in modules("estimator") if re.search(r"os\.(environ|getenv)", f.read_text("utf-8"))}
    assert readers <= {"cli"}
    readers = {f.name for f in modules("poseweb") if re.search(r"os\.(environ|getenv)", f.read_text("utf-8"))}
    writers = {"celery.py", "wsgi.py", "asgi.py", "run.py"}  # for Django, and for the supervisor
    assert readers <= {"env.py"} | writers


@pytest.mark.parametrize("file", modules("poseweb"), ids=lambda f: str(f.relative_to(ROOT)))
def test_the_application_imports_by_the_table(file):
    own = place(named(file))
    for name, _ in imports(file):
        assert not name.startswith("estimator.") or name in HEAVY, "outside the estimator: from estimator import …"
        if own in TABLE and name.split(".")[0] in ("poseweb", "estimator"):
            other = place(name)
            assert other in TABLE[own] | {own}, f"{own} imports {other}"


def test_every_module_has_its_place_in_the_table():
    places = {place(named(file)) for file in modules("poseweb")}
    assert places - WHOLE - ROOMS - {"__init__"} | {"models"} == set(TABLE)


@pytest.mark.parametrize("file", modules("estimator") + modules("poseweb"), ids=lambda f: str(f.relative_to(ROOT)))
def test_no_import_hides_in_a_function(file):
    hidden = {name for name, top in imports(file) if not top}
    assert hidden <= HEAVY
