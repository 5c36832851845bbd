"""Tests of rnapp.trust.checks."""
