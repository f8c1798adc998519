"""The screens' entry point."""

import streamlit as st

st.write("Shoko")
