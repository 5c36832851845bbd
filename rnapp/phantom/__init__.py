"""Synthetic heads and lesions made from SRI24, and the DICOM series they are written as: the example study, and the
lesions training/ learns from."""
