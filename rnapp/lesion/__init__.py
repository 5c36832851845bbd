"""Lesions out of a mask: components, measures, names."""
