"""Pictures: slices, attention, contributions, the 3D scene."""
