"""The screens. Each file builds its components and paints them from the case; handlers.py wires them."""
