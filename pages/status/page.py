"""The state of the server, for its operator."""

import streamlit as st

from core.config.mode import Ability
from pages.shared import visitors
from pages.status import tables

st.subheader("Status", anchor=False)
who = visitors.current()
if refused := who.reason_against(Ability.OPERATE):
    st.info(f"{refused} [Enter the token](./operator)", icon=":material/lock:")
    st.stop()


@st.fragment(run_every=5.0)
def state() -> None:
    if not visitors.current().may(Ability.OPERATE):  # the session is over
        st.rerun()
    tables.show()


state()
if who.operator:
    st.caption("This browser has given the operator's token. [Leave](./operator)")
