"""The networks and the stacker, radiomics and clinical features, and the weight bundles they come from."""
