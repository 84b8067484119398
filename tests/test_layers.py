"""What may depend on what, read from the source."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(f for part in ("core", "pages") for f in (ROOT / part).rglob("*.py")) + [ROOT / "app.py"]
SOURCES = [f for f in SOURCES if f.exists()]
CORE = [f for f in SOURCES if f.is_relative_to(ROOT / "core")]
DRAWING = {"streamlit", "plotly", "altair", "matplotlib", "starlette", "pages", "app"}


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def imported(file: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function, with all the packages above it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(file)}: imports are absolute here"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found | {".".join(m.split(".")[:i]) for m in found for i in range(1, m.count(".") + 1)}


def calls(file: Path) -> set[str]:
    """Every called name as it is written, such as "torch.load"."""
    return {ast.unparse(n.func) for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Call)}


# what each room may import: the rooms below it
ROOMS = {
    "core.config": "",
    "core.numerics": "config",
    "core.data": "config numerics",
    "core.models": "config numerics data",
    "core.store": "config numerics data models",
    "core.training": "config numerics data models",
    "core.evaluation": "config numerics data models",
    "core.representations": "config numerics data models store evaluation",
    "core.analysis": "config numerics data models store training evaluation representations",
    "core.jobs": "config numerics data models store training evaluation representations analysis",
    "core.cli": "config numerics data models store training evaluation representations analysis jobs",
    "core": "cli",  # __main__
}


def room(module: str) -> str:
    return ".".join(module.split(".")[:2]) if module not in ("core", "core.__main__") else "core"


def module(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(file): file for file in SOURCES}


def arrows(file: Path) -> set[str]:
    """The modules of ours that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in full}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & MODULES.keys()


@pytest.mark.parametrize("file", CORE, ids=name)
def test_imports_run_downward(file):
    """Every room names in its docstring what it may import; here the rule is kept."""
    here = room(module(file))
    allowed = {f"core.{below}" for below in ROOMS[here].split()} | {here}
    assert {room(name) for name in arrows(file) if name != "core"} <= allowed


def test_every_room_says_what_lives_there():
    for here in ROOMS:
        about = ast.get_docstring(ast.parse(MODULES[here].read_text()))
        assert about, here
        if below := ROOMS[here].split():
            assert "May import" in about or here == "core", here
            assert all(f"`core.{name}`" in about for name in below) or "all rooms" in about or here == "core", here
    loose = {file.name for file in (ROOT / "core").glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}


SHARED = {"pages", "pages.registry", "pages.shared"}


@pytest.mark.parametrize("file", [f for f in SOURCES if f.is_relative_to(ROOT / "pages")], ids=name)
def test_a_page_imports_no_other_page(file):
    """What two pages need stands in `pages.shared`; that knows no page by name: they are found. A page may show the
    player of another one, in a state of its own."""
    own = room_of_page(module(file))
    others = {name for name in arrows(file) if name.startswith("pages") and room_of_page(name) not in SHARED | {own}}
    allowed = ("player", "state") if own != "pages.shared" else ()
    assert {name.split(".")[-1] for name in others} <= set(allowed)


def room_of_page(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_no_import_leads_back():
    order = TopologicalSorter({name: arrows(file) - {name} for name, file in MODULES.items()})
    order.prepare()  # raises CycleError, which names the circle


def test_the_sources_are_found():
    assert len(CORE) > 20


@pytest.mark.parametrize("file", CORE, ids=name)
def test_the_core_knows_no_user_interface(file):
    assert not imported(file) & DRAWING


@pytest.mark.parametrize("file", [f for f in CORE if f.is_relative_to(ROOT / "core/models")], ids=name)
def test_models_know_neither_training_nor_files(file):
    assert not imported(file) & {
        "core.training",
        "core.store.checkpoints",
        "core.jobs.worker",
        "core.evaluation",
        "pathlib",
        "os",
    }


@pytest.mark.parametrize("file", [f for f in CORE if f.is_relative_to(ROOT / "core/training")], ids=name)
def test_training_knows_no_model_by_name(file):
    families = {module(f) for f in (ROOT / "core/models").glob("*/*.py")}
    assert "core.models.boltzmann.rbm" in families and not imported(file) & families


@pytest.mark.parametrize("file", SOURCES, ids=name)
def test_nothing_is_unpickled(file):
    assert not imported(file) & {"pickle", "dill", "joblib", "shelve", "marshal"}
    assert not {call for call in calls(file) if call.endswith(("torch.load", "torch.save")) or call in ("eval", "exec")}
    assert "allow_pickle=True" not in file.read_text()


@pytest.mark.parametrize("file", CORE, ids=name)
def test_randomness_is_an_argument(file):
    """No global seeding (but where the state is put back afterwards), and no draw from the global state."""
    tree = ast.parse(file.read_text())
    forks = [n for n in ast.walk(tree) if isinstance(n, ast.With) and "fork_rng" in ast.unparse(n.items[0])]
    forked = {id(inner) for fork in forks for inner in ast.walk(fork)}
    seeding = {"torch.manual_seed", "np.random.seed", "random.seed"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in forked:
            assert ast.unparse(node.func) not in seeding, f"{name(file)}:{node.lineno} seeds the global state"
    drawn = {"torch.rand", "torch.randn", "torch.randint", "torch.randperm", "torch.multinomial", "torch.bernoulli"}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in drawn:
            assert any(k.arg == "generator" for k in node.keywords), f"{name(file)}:{node.lineno} needs a generator"


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*/page.py")), ids=name)
def test_pages_hold_no_caches_and_no_classes(file):
    tree = ast.parse(file.read_text())
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    assert "cache_data" not in file.read_text() and "cache_resource" not in file.read_text()
    assert not imported(file) & {"torch.nn"}
