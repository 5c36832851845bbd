"""Inputs that several questions have in common."""

from rnapp.types import Role

DOSE, PLANNING = "dose", "planning"
DOSE_ROLE = Role(DOSE, "Radiotherapy dose", "The dose of all fractions (DICOM RTDOSE, or an image in Gy).", kind="dose",
                 optional=True)
PLANNING_ROLE = Role(PLANNING, "Planning CT or MRI", "The scan that the dose was planned on. It only helps to find "
                                                     "where the dose belongs.", kind="planning", optional=True)
