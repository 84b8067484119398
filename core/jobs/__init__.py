"""Runs: folders in which a worker process trains or scores a model, and the queue that starts them.

May import all rooms but the command line. What people do with runs is here; the work itself, which needs torch, is in
`core.jobs.worker`.
"""

from core.jobs.errors import JobError, NotWritten, QueueFull, RunBusy
from core.jobs.limits import max_hours, max_queued, visitor_id
from core.jobs.request_file import RUN_ID
from core.jobs.requests import (
    map_run,
    prepare_training,
    setting_differences,
    submit_evaluation,
    submit_layout,
    submit_map,
    submit_training,
    title_of,
)
from core.jobs.run import Run, get_run, list_runs, root, scan_runs
from core.jobs.scheduler import move, queued_runs, resume, start_queued, stop
from core.jobs.state import ENDED_STATES, LIVE_STATES, Control, Status
from core.jobs.trash import clear, delete, undelete

__all__ = [
    "ENDED_STATES",
    "LIVE_STATES",
    "RUN_ID",
    "Control",
    "JobError",
    "NotWritten",
    "QueueFull",
    "Run",
    "RunBusy",
    "Status",
    "clear",
    "delete",
    "get_run",
    "list_runs",
    "map_run",
    "max_hours",
    "max_queued",
    "move",
    "prepare_training",
    "queued_runs",
    "resume",
    "root",
    "scan_runs",
    "setting_differences",
    "start_queued",
    "stop",
    "submit_evaluation",
    "submit_layout",
    "submit_map",
    "submit_training",
    "title_of",
    "undelete",
    "visitor_id",
]
