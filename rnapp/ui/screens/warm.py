"""A hidden plot. It makes the browser load Plotly and compile its shaders while the scan is prepared, so that the
answer does not wait for them (some two seconds)."""

import gradio as gr
import plotly.graph_objects as go

CORNERS = {"x": (0, 1, 0, 0), "y": (0, 0, 1, 0), "z": (0, 0, 0, 1), "i": (0, 0, 0), "j": (1, 2, 3), "k": (2, 3, 1)}


def build() -> gr.Plot:
    """It must lie outside the tabs, whose contents do not exist before they are opened."""
    return gr.Plot(show_label=False, elem_id="warm-plot", container=False)


def figure() -> go.Figure:
    """Everything the real plots consist of: bars, a translucent mesh, letters in space."""
    drawn = go.Figure([go.Bar(x=[1], y=["a"], orientation="h"), go.Mesh3d(**CORNERS, opacity=0.5),
                       go.Scatter3d(x=[0], y=[0], z=[0], text=["L"], mode="text")])
    return drawn.update_layout(width=64, height=64, showlegend=False)
