"""The dark theme and the light one; fonts are the system's own, nothing is fetched.

Every colour of the page is named here once: Gradio's theme and the variables of static/app.css are made from it.
Pictures of scans stay on black in both; plots follow the theme (static/app.css).
"""

import inspect
from collections.abc import Mapping

from gradio.themes import Base, Color, Size

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
MONO = ("ui-monospace", "Consolas", "Menlo", "monospace")
# first and second: the outcomes, after Okabe and Ito, lighter or darker to suit the theme; safe for the colour-blind.
DARK: Mapping[str, str] = {
    "room": "#0c1014", "panel": "#141a20", "raised": "#1c242c", "hover": "#27323d", "line": "#2a343f",
    "edge": "#6b7c8d", "ink": "#dde4eb", "strong": "#ffffff", "faint": "#93a1b0", "dim": "#8493a3",
    "accent": "#4d9fd6", "link": "#7cc0ee", "primary": "#2273a8", "primary-hover": "#1d6391", "on-primary": "#ffffff",
    "select": "#1d3a50", "info": "#16232e", "good": "#6fbf8b", "good-room": "#14251c", "amber": "#e6ad45",
    "amber-ink": "#f0d9a8", "amber-room": "#2a220f", "red": "#e8776a", "red-ink": "#ffdcd7", "red-room": "#321a18",
    "demo": "#3a2c0d", "demo-ink": "#ffd98a", "demo-line": "#6b5216", "first": "#58b4e8", "second": "#f0995a",
    "first-room": "#1c3c50", "second-room": "#4a3423", "dot": "#b9c6d2",
}
LIGHT: Mapping[str, str] = {
    "room": "#e9edf1", "panel": "#ffffff", "raised": "#f1f4f7", "hover": "#e1e8ee", "line": "#c5ced7",
    "edge": "#7b8894", "ink": "#1b242d", "strong": "#0a0f14", "faint": "#4a5764", "dim": "#56636f",
    "accent": "#1d6a9e", "link": "#155a8a", "primary": "#1d6a9e", "primary-hover": "#175780", "on-primary": "#ffffff",
    "select": "#d3e7f5", "info": "#e3eff8", "good": "#1b6e3e", "good-room": "#e1f3e8", "amber": "#8f5f00",
    "amber-ink": "#553a00", "amber-room": "#fcf0d4", "red": "#b3261e", "red-ink": "#74140f", "red-room": "#fde7e5",
    "demo": "#fff0c7", "demo-ink": "#553a00", "demo-line": "#d6a316", "first": "#00609b", "second": "#a34400",
    "first-room": "#c5e1f3", "second-room": "#f6dcc8", "dot": "#44515d",
}
# Gradio's name → ours.
_ROLES = {
    "body_background_fill": "room", "body_text_color": "ink", "body_text_color_subdued": "faint",
    "background_fill_primary": "panel", "background_fill_secondary": "room", "border_color_primary": "line",
    "border_color_accent": "accent", "color_accent_soft": "raised", "block_background_fill": "panel",
    "block_border_color": "line", "block_label_background_fill": "raised", "block_label_text_color": "faint",
    "block_title_text_color": "faint", "block_info_text_color": "faint", "panel_background_fill": "panel",
    "input_background_fill": "raised", "input_background_fill_focus": "raised", "input_border_color": "edge",
    "input_border_color_focus": "accent", "input_placeholder_color": "dim",
    "checkbox_background_color": "raised", "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "edge", "checkbox_label_background_fill": "raised",
    "checkbox_label_background_fill_hover": "hover", "checkbox_label_background_fill_selected": "select",
    "checkbox_label_border_color": "line", "checkbox_label_text_color": "ink",
    "checkbox_label_text_color_selected": "strong",
    "button_primary_background_fill": "primary", "button_primary_background_fill_hover": "primary-hover",
    "button_primary_text_color": "on-primary", "button_primary_border_color": "primary",
    "button_secondary_background_fill": "raised", "button_secondary_background_fill_hover": "hover",
    "button_secondary_text_color": "ink", "button_secondary_border_color": "line",
    "button_cancel_background_fill": "red-room", "button_cancel_background_fill_hover": "hover",
    "button_cancel_text_color": "red-ink", "button_cancel_border_color": "red",
    "link_text_color": "link", "loader_color": "accent", "slider_color": "accent",
}
_PLAIN = {"block_shadow": "none", "button_transition": "background 0.15s", "input_shadow": "none",
          "button_primary_shadow": "none", "block_border_width": "0px"}


def variables() -> str:
    """The themes' colours as CSS variables: --room, --panel, …"""
    light, dark = ("".join(f"--{name}:{colour};" for name, colour in room.items()) for room in (LIGHT, DARK))
    return f":root{{{light}}} .dark{{{dark}}}"


def reading_room() -> Base:
    """Gradio's theme: light, or dark if the page asks for it."""
    blue = Color("#e8f3fb", "#cfe6f6", "#a6d0ee", "#7cbae5", "#5cabdc", DARK["accent"], "#2d8ac6", "#2477ad", "#1d5f8a",
                 "#174b6d", "#103750")
    radius = Size("2px", "3px", "4px", "6px", "8px", "10px", "12px")
    theme = Base(primary_hue=blue, secondary_hue=blue, radius_size=radius, font=SANS, font_mono=MONO)
    known = inspect.signature(theme.set).parameters
    light = {name: LIGHT[role] for name, role in _ROLES.items()}
    dark = {f"{name}_dark": DARK[role] for name, role in _ROLES.items() if f"{name}_dark" in known}
    return theme.set(**light, **dark, **_PLAIN)
