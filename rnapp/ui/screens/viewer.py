"""The NiiVue viewers' markup; static/viewer.js and static/viewer/ are their program."""

import gradio as gr

from rnapp.ui.scripts import on_load

MOUNT = on_load("viewer")

VIEWS = """
<span class="group" role="group" aria-label="View">
<button type="button" id="PREFIX-view-all" data-view="all" class="on">Three planes</button>
<button type="button" id="PREFIX-view-axial" data-view="axial">Axial</button>
<button type="button" id="PREFIX-view-coronal" data-view="coronal">Coronal</button>
<button type="button" id="PREFIX-view-sagittal" data-view="sagittal">Sagittal</button></span>
<span class="group" role="group" aria-label="Zoom">
<button type="button" data-zoom="1.4" title="Larger around the crosshair: + or Ctrl+wheel">+</button>
<button type="button" data-zoom="0.714" title="Smaller: - or Ctrl+wheel">&minus;</button></span>
<label title="Or drag with the right mouse button">Window <select id="PREFIX-window" data-act="window">
<option value="auto">Automatic</option><option value="brain">Brain</option><option value="bright">Bright</option>
<option value="wide">Wide</option></select></label>
"""
DRAWING_TOOLS = """
<span class="group" role="group" aria-label="Tool">
<button type="button" id="tool-navigate" data-tool="navigate" class="on" title="N">Navigate</button>
<button type="button" id="tool-brush" data-tool="brush" title="B">Brush</button>
<button type="button" id="tool-fill" data-tool="fill" title="F: draw an outline, it is filled">Filled pen</button>
<button type="button" id="tool-erase" data-tool="erase" title="E">Eraser</button>
<button type="button" id="tool-measure" data-tool="measure" title="M: drag from one point to the other">Measure</button>
</span>
<label>Size <input type="range" id="brush-size" min="1" max="30" step="1" value="5"> <output>5 mm</output></label>
<label title="Paint a ball over several slices, not a disc in one"><input type="checkbox" id="brush-ball"> 3D</label>
<button type="button" id="draw-undo" data-act="undo" title="Ctrl+Z">Undo</button>
<button type="button" id="draw-redo" data-act="redo" title="Ctrl+Shift+Z">Redo</button>
<button type="button" id="draw-clear" data-act="clear">Clear</button>
<button type="button" id="draw-fill-slices" data-act="fillSlices"
title="I: draw the lesion on every few slices of one plane; the slices between are filled">Fill between slices</button>
<button type="button" id="draw-grow" data-act="grow"
title="G: put the crosshair inside the bright lesion first">Grow from crosshair</button>
<label title="How much darker or brighter than at the crosshair the grown lesion may be">Tolerance
<input type="range" id="grow-tolerance" min="0.2" max="3" step="0.1" value="1">
<output id="grow-tolerance-value">1.0</output></label>
"""
SAVE = """<details><summary>More</summary><div>
<label>Opacity of the drawing <input type="range" id="draw-opacity" min="0" max="1" step="0.05" value="0.45"></label>
<label title="The brush leaves out what is darker"><input type="checkbox" id="bright-only"> Brush only above
<input type="range" id="bright-cut" min="0" max="1" step="0.02" value="0.6" aria-label="Least brightness">
<output id="bright-cut-value">0</output></label></div></details>
<button type="button" id="save-drawing" data-act="save" class="save">Save drawing</button>"""

ISODOSES = """
<label title="Of the radiotherapy dose that was confirmed" hidden><input type="checkbox" id="PREFIX-isodoses"
data-act="isodoses" checked> Isodoses</label>
"""
LEGEND = '<div class="isodoses" hidden></div>'
COMPANION_TOOLS = """
<b>Beside it</b> <span class="group choices" role="group" aria-label="What is shown beside it"></span>
<label hidden>Dose <input type="range" id="dose-opacity" min="0" max="1" step="0.05" value="0.45"></label>
"""
ATTENTION_TOOLS = """
<label style="display:none"><span class="map-words">Attention</span>
<input type="range" id="attention-opacity" min="0" max="1" step="0.05" value="0.55"></label>
<label style="display:none">From
<input type="range" id="attention-least" min="0" max="0.9" step="0.05" value="0.3"></label>
"""
OUTLINE_TOOL = '<label><input type="checkbox" id="lesion-outline" checked> Lesion outline</label>'
EARLIER_TOOLS = "<b>Earlier scan</b>"
DIFFERENCE_TOOLS = """
<b>Current scan</b>
<label title="Brighter now: warm; darker now: cold">Difference
<input type="range" id="difference-opacity" min="0" max="1" step="0.05" value="0"></label>
"""
SHOW_ISODOSES = frozenset({"draw", "look", "beside"})
FRAME = """
<div class="viewer" data-mode="MODE" id="PREFIX">
<div class="toolbar">TOOLS</div>
<div class="toolbar">VIEWS SAVE</div>
<div class="stage"><canvas id="PREFIX-canvas" tabindex="0"></canvas>
<div class="cover" role="status">No prepared study yet.</div></div>
LEGEND
<div class="line"><span class="where">Radiological view: R is the patient's right.</span>
<span class="under"></span><span class="saved" id="PREFIX-saved" role="status"></span></div>
</div>
"""


def viewer(elem_id: str, tools: str, mode: str) -> gr.HTML:
    """A viewer with its tools. The markup never changes afterwards: Gradio would rebuild the canvas.

    mode: draw, look (at the attention), beside (another scan or the dose), earlier or present (side by side).
    """
    of_dose = mode in SHOW_ISODOSES
    views = f"{VIEWS}{ISODOSES}" if of_dose else VIEWS
    markup = FRAME.replace("SAVE", SAVE if mode == "draw" else "").replace("TOOLS", tools).replace("VIEWS", views)
    markup = markup.replace("LEGEND", LEGEND if of_dose else "")
    markup = markup.replace("PREFIX", elem_id).replace("MODE", mode)
    return gr.HTML(html_template=markup, js_on_load=MOUNT, apply_default_css=False,
                   elem_id=f"{elem_id}-host")
