"""A Slurm cluster of one node on this machine, with a folder, ports and a key of its own; as root or as anybody."""

from __future__ import annotations

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=3
SlurmctldPort={controller}
SlurmdPort={daemon}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_min_interval=100000,bf_interval=1
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
KillWait=120
MinJobAge=300
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=usual Nodes={host} Default=YES MaxTime=60 PriorityTier=1 State=UP
PartitionName=urgent Nodes={host} MaxTime=60 PriorityTier=9 State=UP
"""


def missing() -> str:
    """What of Slurm is not installed here, as a sentence; "" where all is."""
    absent = [name for name in (*DAEMONS, "sbatch", "squeue", "scancel") if not shutil.which(name, path=PATH)]
    return f"Slurm is not installed ({', '.join(absent)}): `.ci/slurm` installs it" if absent else ""


@contextmanager
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """A running cluster; the environment variables that lead Slurm's commands to it."""
    settings = {
        "host": socket.gethostname().partition(".")[0],
        "user": getpass.getuser(),
        "folder": folder,
        "controller": _free_port(),
        "daemon": _free_port(),
    }
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    config, key = folder / "slurm.conf", folder / "munge.key"
    config.write_text(CONFIG.format(**settings))
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o600)
    munge = [f"--key-file={key}", f"--socket={folder}/munge.socket"]
    munge += [f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed"]
    environment = {"SLURM_CONF": str(config), "PATH": PATH}
    started: list[subprocess.Popen] = []

    def start(*command: str) -> None:
        with (folder / "daemons.log").open("ab") as log:
            own = {**os.environ, **environment}
            # a session of its own: Ctrl-C at a terminal ends the test, which then ends it
            started.append(subprocess.Popen(command, env=own, stdout=log, stderr=log, start_new_session=True))

    def ask(*command: str) -> str:
        return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True).stdout

    try:
        start("munged", "--foreground", "--force", *munge)
        _until(lambda: (folder / "munge.socket").exists(), folder)
        start("slurmctld", "-D", "-f", str(config))
        start("slurmd", "-D", "-f", str(config))
        _until(lambda: ask("sinfo", "--noheader", "--format=%t", "--partition=usual").strip() == "idle", folder)
        yield environment
    finally:
        ask("scancel", "--quiet", f"--user={settings['user']}")
        _wait(lambda: not ask("squeue", "--noheader").strip(), 150)
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait(holds: Callable[[], bool], seconds: float = 600.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _until(holds: Callable[[], bool], folder: Path) -> None:
    if not _wait(holds):
        logs = "\n".join(f"{log.name}: {log.read_text()[-3000:]}" for log in sorted(folder.glob("*.log")))
        raise AssertionError(f"the cluster does not start:\n{logs}")
