"""What the operator sees: memory, streams, queues, runs and visitors."""

from __future__ import annotations

from collections import Counter

import psutil
import streamlit as st

from core import jobs
from core.config.mode import mode
from core.numerics.kept import BUDGET
from pages.shared import activity, endpoints


def show() -> None:
    """All tables, as things are now."""
    now, process = mode(), psutil.Process()
    states = Counter(run.status().state for run in jobs.list_runs())
    columns = st.columns(5)
    columns[0].metric("Mode", now.name)
    columns[1].metric("Memory of the app", size_in_words(process.memory_info().rss))
    columns[2].metric("Memory free", size_in_words(psutil.virtual_memory().available))
    columns[3].metric("Open streams", endpoints.STREAMS.count())
    columns[4].metric("Visitors in five minutes", activity.count())
    st.markdown("**Caches**")
    most = BUDGET.most()
    st.progress(min(1.0, BUDGET.bytes / most), f"{size_in_words(BUDGET.bytes)} of {size_in_words(most)}")
    st.dataframe(caches(), hide_index=True, column_config={"Bytes": st.column_config.NumberColumn(format="bytes")})
    left, right = st.columns(2, gap="large")
    left.markdown("**Requests**")
    left.dataframe(
        [{"Queue": pool.name, "At work": pool.at_work(), "Waiting": pool.waits()} for pool in endpoints.POOLS],
        hide_index=True,
    )
    right.markdown("**Runs**")
    if states:
        right.dataframe([{"State": state, "Runs": n} for state, n in sorted(states.items())], hide_index=True)
    else:
        right.caption("None.")


def caches() -> list[dict[str, str | int | float | None]]:
    """A row for each cache that was asked for something, the largest first; what two caches share counts in both."""
    used = [cache for cache in list(BUDGET.caches) if cache.hits + cache.misses]
    rows = [
        {
            "Cache": cache.name,
            "Bytes": cache.size(),
            "Entries": len(cache),
            "Hits": cache.hits,
            "Misses": cache.misses,
        }
        for cache in used
    ]
    return sorted(rows, key=lambda row: -row["Bytes"])


def size_in_words(n: float) -> str:
    """Bytes as people write them."""
    return f"{n / 1e9:,.2f} GB" if n >= 1e9 else f"{n / 1e6:,.1f} MB"
