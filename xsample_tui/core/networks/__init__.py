"""Networks described as plain values, without TensorFlow."""
