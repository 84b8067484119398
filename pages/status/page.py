"""The state of the server, for its operator."""

import streamlit as st

from core.config.mode import Ability
from pages.shared import visitors
from pages.status import tables

st.subheader("Status", anchor=False)
who = visitors.current()
if not who.may(Ability.OPERATE):
    st.info("Only the operator of this server sees its state. [Enter the token](./operator)", icon=":material/lock:")
    st.stop()


@st.fragment(run_every=5.0)
def state() -> None:
    if not visitors.current().may(Ability.OPERATE):  # the session is over
        st.rerun()
    tables.show()


state()
st.caption("[Train](./train) lists all trainings here, [Your data](./data) all data sets, whoever they belong to.")
if who.operator:
    st.caption("This browser has given the operator's token. [Leave](./operator)")
