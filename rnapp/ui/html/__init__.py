"""Fragments of HTML, each from a template in rnapp/ui/templates, where everything is escaped by itself."""
