"""The screens: Streamlit over HTTP; nothing of the other floors is imported."""
