"""What is checked before any number: pure functions of arrays and values, each to a caution with a code and a level."""
