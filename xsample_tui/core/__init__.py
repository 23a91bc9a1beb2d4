"""The pure core: windows, masks, splits, plans, states and statistics. No I/O, no TensorFlow, no Textual."""
