"""On the first screen: the cases that are kept on this workstation."""

import gradio as gr

from rnapp.ui import html_shelf
from rnapp.ui.keeping import Keeping
from rnapp.ui.screens.common import panel
from rnapp.ui.workspace import Case

# Deleting is for good, and opening clears the desk: both are asked about in the page.
CHOOSE = """
element.addEventListener('click', event => {
  const {open, remove} = event.target.dataset;
  const unkept = (window.rnappState || {}).kept === 'no';
  if (open && (!unkept || confirm('The open case is not kept and will be lost. Open the other one?')))
    trigger('open_kept', {id: open});
  if (remove && confirm(`Delete the kept case ${event.target.dataset.title} for good?`))
    trigger('remove_kept', {id: remove});
});
"""


def build() -> gr.HTML:
    """Its place."""
    return panel("", "kept-cases", CHOOSE)


def paint(case: Case, keeping: Keeping) -> str:
    """The list, newest first; nothing where no case was ever kept."""
    return html_shelf.kept_cases(keeping.entries(), case.kept, keeping.trouble)
