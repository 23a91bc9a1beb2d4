"""Windows, masks, splits, plans, states and statistics, as pure functions: no I/O, no TensorFlow, no Textual."""
