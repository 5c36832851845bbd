"""Training of the second task: RICE or recurrence of a glioblastoma (arXiv 2603.11827)."""
