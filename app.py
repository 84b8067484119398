"""The application: the pages' frame with its binary routes.

`python app.py` (what `make app` runs) serves it with small exchanges sent at once; `streamlit run app.py` works too,
for hosted services.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Streamlit's usage reports ask the network for an address; a classroom's app does not
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

import streamlit as st
from starlette.middleware import Middleware

from pages.gibbs.routes import warm_up
from pages.shared.guard import Guard
from pages.shared.routes import ROUTES
from pages.shared.server import settle_mode


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Where another server than ours runs the app, it has an address of its own."""
    settle_mode(st.get_option("server.address") or "0.0.0.0")
    yield


app = st.App("pages/shared/frame.py", routes=ROUTES, middleware=[Middleware(Guard)], lifespan=lifespan)
warm_up()

if __name__ == "__main__":
    from pages.shared.server import serve

    serve(app)
