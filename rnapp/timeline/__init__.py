"""A patient over time: earlier studies beside the present one, lesions followed, growth and response measured."""
