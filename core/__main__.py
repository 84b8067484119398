"""`python -m core`: see `core.cli`."""

import os
import sys

from core.cli import main

if __name__ == "__main__":
    status = main()
    if "TORCHELASTIC_RUN_ID" in os.environ:  # one of several that `torchrun` started: all is done and said
        # threads of torch.distributed may abort a process that takes them down (torch 2.13, one launch in thirty)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
