"""Synthetic heads and lesions made from SRI24: the example study, and the lesions training/ learns from."""
