"""The app as a program on the desktop: one instance, its own window, words while it loads."""
