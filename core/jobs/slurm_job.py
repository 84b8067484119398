"""The Slurm job that works on a run, as the cluster described it last (slurm.json), and what that means in words."""

from __future__ import annotations

from dataclasses import dataclass

# Slurm's words, by what they mean here (squeue(1), "JOB STATE CODES"); any other one is a job at work
PENDING = ("PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD")
SUSPENDED = ("SUSPENDED", "STOPPED")
ENDED = {
    "COMPLETED": "The job ended before the run did",
    "CANCELLED": "The job was cancelled in Slurm",
    "TIMEOUT": "The job reached its time limit",
    "DEADLINE": "The job reached its deadline",
    "PREEMPTED": "A job of higher priority took the node",
    "NODE_FAIL": "The node failed",
    "BOOT_FAIL": "The node did not start",
    "OUT_OF_MEMORY": "The job used more memory than it had asked for",
    "FAILED": "The worker was killed or failed",
    "REVOKED": "The job was taken away by Slurm",
    "UNKNOWN": "Slurm no longer knows the job",
}
# ends that are no fault of the run: it is submitted again, and goes on from its last saved state
GOES_ON = ("TIMEOUT", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL")
REASONS = {
    "Resources": "for free nodes",
    "Priority": "behind jobs of higher priority",
    "BeginTime": "for the time from which it may start",
    "Dependency": "for another job",
    "JobHeldUser": "held by its user",
    "JobHeldAdmin": "held by an administrator",
    "ReqNodeNotAvail": "for nodes that are down or reserved",
    "PartitionDown": "for its partition, which is down",
    "PartitionTimeLimit": "its time limit is longer than the partition allows",
    "PartitionNodeLimit": "it asks for more nodes than the partition has",
    "BadConstraints": "no node has what it asks for",
}


@dataclass(frozen=True)
class SlurmJob:
    """A job, and where the run stood when it was submitted.

    id       Slurm's number; "" where no job works on the run
    state    Slurm's word for its state
    reason   why it waits, in Slurm's word
    node     where it runs
    step     the run's step when the job was submitted
    elapsed  seconds that the run had trained when somebody last asked for it
    """

    id: str = ""
    state: str = ""
    reason: str = ""
    node: str = ""
    step: int = 0
    elapsed: float = 0.0

    def is_pending(self) -> bool:
        """Whether it waits in the cluster's queue."""
        return self.state in PENDING

    def is_suspended(self) -> bool:
        """Whether Slurm has stopped its processes for a while."""
        return self.state in SUSPENDED

    def has_ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED

    def is_active(self) -> bool:
        """Whether the cluster will say more of it."""
        return bool(self.id) and not self.has_ended()

    def why_it_waits(self) -> str:
        """What it waits for, as a sentence."""
        reason = self.reason if self.reason not in ("", "None") else ""
        known = REASONS.get(reason.partition(",")[0], reason or "for its turn")
        return f"Waiting in Slurm's queue as job {self.id}: {known}."

    def why_it_ended(self, when: str = "") -> str:
        """What ended it, as a sentence; `when` is a part of that."""
        return f"{ENDED[self.state]}{when} (Slurm job {self.id}, {self.state})."
