"""What can be looked at: slices, attention, contributions, the 3D scene."""
