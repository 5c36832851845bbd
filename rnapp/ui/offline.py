"""Switches off everything that could contact other computers, before Gradio is imported."""

import os
from pathlib import Path


def go_offline(uploads: Path) -> None:
    """Set the environment of this process; uploads: the private folder for what the browser sends.

    Must run before the first import of gradio: it reads some of these at import.
    """
    os.environ.update({
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_RUN_HISTORY": "False",
        "GRADIO_SSR_MODE": "False",
        "GRADIO_MCP_SERVER": "False",
        "GRADIO_SHARE": "False",
        "GRADIO_TEMP_DIR": str(uploads),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
    })
