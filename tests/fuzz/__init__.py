"""Damaged and hostile files by the thousand: nothing may crash, hang or end in a traceback (python -m tests.fuzz)."""
