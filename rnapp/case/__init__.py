"""A case as values: study ▸ preparation ▸ outline ▸ reading. The page, the command line and the store share them."""
