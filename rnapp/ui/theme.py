"""A dark, calm reading room; fonts are the system's own, nothing is fetched."""

import inspect

from gradio.themes import Base, Color, Size

SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica", "Arial", "sans-serif")
MONO = ("ui-monospace", "Consolas", "Menlo", "monospace")
ROOM, PANEL, RAISED, LINE = "#0c1014", "#141a20", "#1c242c", "#2a343f"
INK, FAINT, ACCENT = "#dde4eb", "#93a1b0", "#4d9fd6"

_COLOURS = {
    "body_background_fill": ROOM, "body_text_color": INK, "body_text_color_subdued": FAINT,
    "background_fill_primary": PANEL, "background_fill_secondary": ROOM, "border_color_primary": LINE,
    "border_color_accent": ACCENT, "color_accent_soft": RAISED, "block_background_fill": PANEL,
    "block_border_color": LINE, "block_label_background_fill": RAISED, "block_label_text_color": FAINT,
    "block_title_text_color": FAINT, "block_info_text_color": FAINT, "panel_background_fill": PANEL,
    "input_background_fill": RAISED, "input_background_fill_focus": RAISED, "input_border_color": LINE,
    "input_border_color_focus": ACCENT, "input_placeholder_color": "#6d7a88",
    "checkbox_background_color": RAISED, "checkbox_background_color_selected": ACCENT,
    "checkbox_border_color": "#4a5866", "checkbox_label_background_fill": RAISED,
    "checkbox_label_background_fill_hover": "#232d37", "checkbox_label_background_fill_selected": "#1d3a50",
    "checkbox_label_border_color": LINE, "checkbox_label_text_color": INK,
    "checkbox_label_text_color_selected": "#ffffff",
    "button_primary_background_fill": "#2477ad", "button_primary_background_fill_hover": "#2d8ac6",
    "button_primary_text_color": "#ffffff", "button_primary_border_color": "#2477ad",
    "button_secondary_background_fill": RAISED, "button_secondary_background_fill_hover": "#27323d",
    "button_secondary_text_color": INK, "button_secondary_border_color": LINE,
    "button_cancel_background_fill": "#4a2523", "button_cancel_background_fill_hover": "#5d2f2c",
    "button_cancel_text_color": "#ffd9d4", "button_cancel_border_color": "#6e3a36",
    "link_text_color": "#7cc0ee", "loader_color": ACCENT, "slider_color": ACCENT,
}
_PLAIN = {"block_shadow": "none", "button_transition": "background 0.15s", "input_shadow": "none",
          "button_primary_shadow": "none", "block_border_width": "0px"}


def reading_room() -> Base:
    """The theme, the same whether the browser asks for a light or a dark page."""
    blue = Color("#e8f3fb", "#cfe6f6", "#a6d0ee", "#7cbae5", "#5cabdc", ACCENT, "#2d8ac6", "#2477ad", "#1d5f8a",
                 "#174b6d", "#103750")
    radius = Size("2px", "3px", "4px", "6px", "8px", "10px", "12px")
    theme = Base(primary_hue=blue, secondary_hue=blue, radius_size=radius, font=SANS, font_mono=MONO)
    known = inspect.signature(theme.set).parameters
    both = {f"{name}_dark": value for name, value in _COLOURS.items() if f"{name}_dark" in known}
    return theme.set(**_COLOURS, **both, **_PLAIN)
