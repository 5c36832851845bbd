"""A patient over time: earlier studies registered to the current one, lesions followed, growth and response."""
