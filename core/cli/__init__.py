"""The command line: `python -m core COMMAND`, with the commands of `COMMANDS`.

A command is one file here with a function ``add(commands)``; `COMMANDS` has them in the order of the help.

May import all rooms.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from core.cli import evaluate, layout, listing, represent, runs, sample, sweep, train
from core.cli.console import stderr
from core.config.fields import SettingError
from core.data.errors import DataError
from core.store import disk
from core.store.checkpoints import CheckpointError

COMMANDS = (listing, train, sweep, runs, evaluate, layout, represent, sample)

EXAMPLES = """examples:
  python -m core list presets                       what can be trained
  python -m core train digits-rbm                   train it (seconds), evaluate it, save it
  python -m core train mnist-rbm --set hidden=200 epochs=20
  python -m core train mnist-rbm --background       in a process that outlives this shell
  python -m core sweep digits-rbm lr=0.01,0.03 hidden=50,100     four runs in the queue; again: how they stand
  python -m core runs                               running and waiting runs, with progress
  python -m core evaluate digits-rbm                its scores, exact where possible
  python -m core represent digits-rbm --layer hidden --out hidden.npy
  python -m core sample digits-rbm -n 64 --out grid.png

Stop a training with Ctrl-C; the same command resumes it.
PLAYGROUND_DATA is the folder of downloaded data, PLAYGROUND_CHECKPOINTS that of trained models."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status (2 for bad input, 130 after Ctrl-C)."""
    from safetensors import SafetensorError

    from core.jobs import JobError, RunBusy
    from core.numerics.device import DeviceError

    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (SettingError, DataError, CheckpointError, DeviceError, RunBusy, JobError, FloatingPointError) as error:
        return _refused(str(error))
    except (OSError, SafetensorError) as error:
        kept = " The last saved state is kept." if disk.is_disk_error(error) else ""
        return _refused(f"{disk.explain_error(error)}.{kept}")
    except KeyboardInterrupt:
        stderr.print("\nStopped and saved. Run the same command again to resume.")
        return 130
    return 0


def _refused(message: str) -> int:
    """Say what went wrong, which may hold brackets and whatever else people give as names; the exit status."""
    stderr.print("[bold red]error:[/] ", end="")
    stderr.print(message, markup=False, highlight=False, soft_wrap=True)
    return 2


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    found = argparse.ArgumentParser(
        prog="python -m core",
        description="Train, score and sample the models of Representation Playground.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = found.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return found
