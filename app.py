"""The application: the pages' frame with its binary routes.

`python app.py` (what `make app` runs) serves it with small exchanges sent at once; `streamlit run app.py` works too,
for hosted services.
"""

import os

# Streamlit's usage reports ask the network for an address; a classroom's app does not
os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")

import streamlit as st
from starlette.middleware import Middleware

from pages.gibbs.routes import warm_up
from pages.shared.guard import Guard
from pages.shared.routes import ROUTES

app = st.App("pages/shared/frame.py", routes=ROUTES, middleware=[Middleware(Guard)])
warm_up()

if __name__ == "__main__":
    from pages.shared.server import serve

    serve(app)
