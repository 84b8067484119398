"""What may depend on what, read from the source."""

import ast
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


def test_the_sources_are_found():
    assert len(CORE) > 20


@pytest.mark.parametrize("file", CORE, ids=name)
def test_the_core_knows_no_user_interface(file):
    assert not imported(file) & DRAWING


@pytest.mark.parametrize("file", [f for f in CORE if f.is_relative_to(ROOT / "core/models")], ids=name)
def test_models_know_neither_training_nor_files(file):
    assert not imported(file) & {"core.training", "core.checkpoints", "core.runs", "core.evaluation", "pathlib", "os"}


@pytest.mark.parametrize("file", [f for f in CORE if f.is_relative_to(ROOT / "core/training")], ids=name)
def test_training_knows_no_model_by_name(file):
    families = {f"core.models.{f.stem}" for f in (ROOT / "core/models").glob("*.py")}
    assert "core.models.rbm" in families and not imported(file) & families


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


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=name)
def test_pages_hold_no_caches_and_no_classes(file):
    tree = ast.parse(file.read_text())
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    assert "cache_data" not in file.read_text() and "cache_resource" not in file.read_text()
    assert not imported(file) & {"torch.nn"}
