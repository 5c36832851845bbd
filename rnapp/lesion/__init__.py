"""Lesions out of a mask: components, measures, the 64³ mm crop."""
