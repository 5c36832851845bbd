"""The reading room in the browser: layout, handlers, viewer; no maths."""
