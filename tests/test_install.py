"""Which build of PyTorch `make app` takes, from where, and what it says. Nothing is installed here."""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import install_torch

ROOT = Path(__file__).parent.parent
CPU = "https://download.pytorch.org/whl/cpu"


@pytest.mark.parametrize(
    ("asked", "system", "gpu", "index"),
    [
        ("", "linux", False, CPU),
        ("", "linux", True, None),
        ("", "darwin", False, None),
        ("", "win32", False, None),
        ("cpu", "linux", True, CPU),
        ("default", "linux", False, None),
        ("cu130", "linux", False, CPU.replace("cpu", "cu130")),
        (" rocm7.1 ", "linux", False, CPU.replace("cpu", "rocm7.1")),
        ("http://mirror.school/torch/", "linux", False, "http://mirror.school/torch"),
    ],
)
def test_the_index_follows_the_machine_or_what_is_asked(asked, system, gpu, index):
    assert install_torch.choose_index({"TORCH_INDEX": asked}, system, lambda: gpu) == index


@pytest.mark.parametrize("asked", ["gpu", "cpu extra", "../cpu", "--index-url=x", "ftp://mirror"])
def test_what_names_no_index_is_refused(asked, capsys):
    with pytest.raises(ValueError, match="TORCH_INDEX=.*expected default, cpu"):
        install_torch.choose_index({"TORCH_INDEX": asked}, "linux", lambda: False)
    assert install_torch.main({"TORCH_INDEX": asked}) == 2 and "TORCH_INDEX" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "has"),
    [
        ("echo 'GPU 0: NVIDIA H200 (UUID: GPU-1)'", True),
        ("echo 'No devices were found'; exit 6", False),
        ("echo 'NVIDIA-SMI has failed'; exit 9", False),
        ("exit 0", False),
        (None, False),
    ],
)
def test_a_gpu_is_one_that_the_driver_lists(script, has, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    if script is not None:
        file = tmp_path / "nvidia-smi"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    assert install_torch.has_nvidia_gpu() == has


@pytest.fixture
def index() -> Iterator[str]:
    """An index on this machine: it has torch, and a file of 1,234,567 bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in ("/torch/", "/torch.whl") else 404)
            self.send_header("Content-Length", "1234567" if self.command == "HEAD" else "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Pip:
    """Stands in for pip: notes its commands; its report names a file of each index."""

    def __init__(self, index: str, fails: tuple[str, ...] = ()) -> None:
        self.index, self.fails, self.calls = index, fails, []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess:
        source = command[command.index("--index-url") + 1] if "--index-url" in command else "pip's own"
        step = "plan" if "--dry-run" in command else "install"
        self.calls.append((step, source))
        report = json.dumps({"install": [{"download_info": {"url": f"{self.index}/torch.whl"}}] * 2})
        return subprocess.CompletedProcess(command, int(source in self.fails), report if step == "plan" else "", "")


@pytest.fixture
def missing(monkeypatch) -> None:
    monkeypatch.setattr(install_torch, "is_installed", lambda wanted: False)
    monkeypatch.setattr(install_torch, "PATIENCE", 5.0)


def test_the_size_is_said_and_the_index_is_used(index, missing, monkeypatch, capsys):
    pip = Pip(index)
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main({"TORCH_INDEX": index}) == 0
    assert pip.calls == [("plan", index), ("install", index)]
    assert capsys.readouterr().out == "Downloading PyTorch: 2 MB ...\n"


def test_an_index_that_does_not_answer_is_left_with_a_word(index, missing, monkeypatch, capsys):
    pip, gone = Pip(index), "http://127.0.0.1:9"
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main({"TORCH_INDEX": gone}) == 0
    assert pip.calls == [("plan", "pip's own"), ("install", "pip's own")]
    assert capsys.readouterr().out.startswith(f"{gone} is no help (")


def test_an_index_without_this_version_is_left_with_a_word(index, missing, monkeypatch, capsys):
    pip = Pip(index, fails=(index,))
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main({"TORCH_INDEX": index}) == 0
    assert pip.calls == [("plan", index), ("plan", "pip's own"), ("install", "pip's own")]
    assert "has no torch==" in capsys.readouterr().out
    monkeypatch.setattr(subprocess, "run", Pip(index, fails=(index, "pip's own")))
    assert install_torch.main({"TORCH_INDEX": index}) == 1


def test_an_unknown_size_is_no_hindrance(index):
    report = json.dumps({"install": [{"download_info": {"url": f"{index}/nothing.whl"}}]})
    assert install_torch.download_size(report) is None


def test_the_version_that_is_here_is_not_installed_again(monkeypatch):
    monkeypatch.setattr(subprocess, "run", Pip("", fails=("pip's own",)))
    assert install_torch.main({"TORCH_INDEX": "default"}) == 0
    wanted = install_torch.wanted_torch((ROOT / "requirements.txt").read_text())
    assert install_torch.is_installed(wanted) and not install_torch.is_installed("torch==0.1")
    with pytest.raises(ValueError, match="no version of torch"):
        install_torch.wanted_torch("torchvision==1.0\n")


def test_make_runs_it_and_the_readme_names_the_variable():
    assert "install_torch.py" in (ROOT / "Makefile").read_text()
    assert "TORCH_INDEX" in (ROOT / "README.md").read_text()
