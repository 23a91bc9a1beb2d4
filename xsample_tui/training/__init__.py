"""Training: the only layer that imports TensorFlow. Workers import it by name; nothing else does."""
